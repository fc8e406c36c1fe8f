import { program } from './common';

/** The kube-apiserver of kubeadm's static pods, which names the program itself. */
export const kubeApiserver = program('kube-apiserver');
