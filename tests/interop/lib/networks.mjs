// Two hosts, each behind a NAT of its own, and a server between them, as network namespaces:
//
//     a 10.1.0.2 ── 10.1.0.1 ra 203.0.113.1 ──┬── 203.0.113.2 rb 10.2.0.1 ── 10.2.0.2 b
//                                             server 203.0.113.9
import { execFileSync, spawnSync } from 'node:child_process';

const kKinds = {
  // RFC 4787's endpoint-independent mapping, as far as Linux has it, and filtering by address and port.
  cone: 'masquerade persistent',
  // A port of its own for each far end: nobody can foretell it.
  symmetric: 'masquerade to :20000-60000 fully-random',
};

const ip = (...args) => execFileSync('ip', args, { stdio: ['ignore', 'pipe', 'pipe'] });

/// Why namespaces cannot be had here; null when they can.
export function whyNot() {
  const probe = spawnSync('ip', ['netns', 'add', 'tincan-probe'], { encoding: 'utf8' });
  if (probe.error) return `ip: ${probe.error.message}`;
  if (probe.status !== 0) return `ip netns add: ${probe.stderr.trim()}`;
  const nft = spawnSync('ip', ['netns', 'exec', 'tincan-probe', 'nft', 'add table ip nat; add chain ip nat post { type nat hook postrouting priority 100; }; add rule ip nat post masquerade'], { encoding: 'utf8' });
  spawnSync('ip', ['netns', 'del', 'tincan-probe']);
  return nft.status === 0 ? null : `nft: ${nft.error?.message ?? nft.stderr.trim()}`;
}

/// { command(host, program, args): [file, args] to spawn inside host 'a', 'b' or 'server'; remove() }. `kinds`: of ra's
/// and rb's NAT.
export function buildNetwork([kindA, kindB]) {
  const prefix = `tincan-${process.pid}-`;
  const ns = (name) => prefix + name;
  const names = ['wan', 'ra', 'rb', 'a', 'b', 'server'];
  const inside = (name, ...command) => ip('netns', 'exec', ns(name), ...command);
  const remove = () => { for (const name of names) spawnSync('ip', ['netns', 'del', ns(name)]); };
  const link = (one, oneName, other, otherName) => ip('link', 'add', oneName, 'netns', ns(one), 'type', 'veth', 'peer', 'name', otherName, 'netns', ns(other));
  const address = (name, device, value) => {
    inside(name, 'ip', 'addr', 'add', value, 'dev', device);
    inside(name, 'ip', 'link', 'set', device, 'up');
  };
  try {
    for (const name of names) {
      ip('netns', 'add', ns(name));
      inside(name, 'ip', 'link', 'set', 'lo', 'up');
    }
    inside('wan', 'ip', 'link', 'add', 'br0', 'type', 'bridge');
    inside('wan', 'ip', 'link', 'set', 'br0', 'up');
    for (const [name, value] of [['ra', '203.0.113.1/24'], ['rb', '203.0.113.2/24'], ['server', '203.0.113.9/24']]) {
      link('wan', `to-${name}`, name, 'wan0');
      inside('wan', 'ip', 'link', 'set', `to-${name}`, 'master', 'br0', 'up');
      address(name, 'wan0', value);
    }
    // The server has a way out for everything, as servers have: without one coturn gives up the whole allocation when it
    // is asked to send to a private address. What is private ends at the routers, without a word.
    inside('server', 'ip', 'route', 'add', 'default', 'via', '203.0.113.1');
    for (const router of ['ra', 'rb']) inside(router, 'ip', 'route', 'add', 'blackhole', '10.0.0.0/8');
    for (const [router, host, net, kind] of [['ra', 'a', '10.1.0', kindA], ['rb', 'b', '10.2.0', kindB]]) {
      link(router, 'lan0', host, 'eth0');
      address(router, 'lan0', `${net}.1/24`);
      address(host, 'eth0', `${net}.2/24`);
      inside(host, 'ip', 'route', 'add', 'default', 'via', `${net}.1`);
      inside(router, 'sysctl', '-qw', 'net.ipv4.ip_forward=1');
      inside(router, 'nft', 'add table ip nat; add chain ip nat post { type nat hook postrouting priority 100; }; '
        + `add rule ip nat post oifname "wan0" meta l4proto { tcp, udp } ${kKinds[kind]}; `
        // A real NAT does not answer for ports that it has not mapped.
        + 'add table ip filter; add chain ip filter in { type filter hook input priority 0; }; add rule ip filter in iifname "wan0" meta l4proto udp drop; '
        + 'add chain ip filter forward { type filter hook forward priority 0; }; add rule ip filter forward iifname "wan0" ct state new drop');
    }
  } catch (error) {
    remove();
    throw new Error(`the network could not be built: ${error.stderr ?? error.message}`);
  }
  return {
    serverAddress: '203.0.113.9',
    command: (host, program, args) => ['ip', ['netns', 'exec', ns(host), program, ...args]],
    remove,
  };
}
