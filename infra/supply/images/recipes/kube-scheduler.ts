import { program } from './common';

/** The kube-scheduler of kubeadm's static pods, which names the program itself. */
export const kubeScheduler = program('kube-scheduler');
