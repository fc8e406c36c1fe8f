import { runService } from '../../shared/http/run-service';
import { routes } from './routes';

void runService({ name: 'service-a', settings: {}, routes: () => routes });
