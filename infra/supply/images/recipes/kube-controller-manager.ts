import { program } from './common';

/** The kube-controller-manager of kubeadm's static pods, which names the program itself. */
export const kubeControllerManager = program('kube-controller-manager');
