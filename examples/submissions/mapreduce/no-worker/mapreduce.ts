/** Only half of what the lab asks for. */
export default {
  coordinator: () => ({ progress: () => undefined }),
};
