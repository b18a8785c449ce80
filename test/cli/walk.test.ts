import { describe, expect, it } from 'vitest';
import { Scene } from './cluster.ts';

describe('run', () => {
  it('has nothing to do where the latest plan is gone', async () => {
    const scene = await Scene.start();
    scene.says({ phase: 'Promoted', step: 12 });
    scene.rests();
    expect(await scene.tidegate('run', 'web')).toMatchObject({ code: 0, out: '', err: expect.stringContaining('(Promoted) is gone') });
  });

  it.each<[string, (scene: Scene) => void, string]>([
    [
      'a release that the cluster has never seen',
      (scene) => scene.rests(),
      'it has no status there, and no Deployment web-runner that you may see',
    ],
    [
      'a login without the right to read',
      (scene) => {
        scene.api.before = () => ({ status: 403, message: 'configmaps is forbidden' });
      },
      'you may not get configmaps web-status in namespace shop',
    ],
    ['a kubeconfig that is none', (scene) => scene.person.write('kubeconfig.yaml', 'clusters: {'), 'kubeconfig.yaml'],
  ])('cannot walk with %s, and says so as the runner does: 20', async (_, arrange, message) => {
    const scene = await Scene.start();
    arrange(scene);
    const { code, out, err } = await scene.tidegate('run', 'web');
    expect([code, out]).toEqual([20, '']);
    expect(err).toContain(message);
  });

  it('walks no plan of another release', async () => {
    const scene = await Scene.start();
    const { code, err } = await scene.tidegate('run', 'web', '--plan', 'api-plan-12345678');
    expect(code).toBe(2);
    expect(err).toContain('the plans of web are named web-plan-<hash>');
  });
});
