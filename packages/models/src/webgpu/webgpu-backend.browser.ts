// A file of its own, so that it is a chunk of its own with a name that tells what it is.
import '@tensorflow/tfjs-backend-webgpu'
