import relay from '../../relay/lab.ts';

/* The control of guessed values: the same lab, whose values are numbered in place of being nonces. */

export default {
  ...relay,
  reference: '../../relay/reference/src/index.ts',
  script: (world: Parameters<typeof relay.script>[0]) => {
    let values = 0;
    return new Proxy(world, {
      get: (target, name) =>
        name === 'nonce' ? () => `value ${++values}` : (Reflect.get(target, name, target) as unknown),
    });
  },
};
