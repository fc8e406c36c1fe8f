import { runService } from '../../shared/http/run-service';
import { routes, settings } from './routes';

void runService({ name: 'service-b', settings, routes });
