import { program } from './common';

/** The etcd server of kubeadm's static pods, which names the program itself. */
export const etcd = program('etcd');
