/** No server at all: what takes too long for `npm test`. */
export const local = {
  name: "local",
  needs: [],
  install: async () => undefined,
  start: async () => ({ environment: {}, stop: async () => {} }),
};
