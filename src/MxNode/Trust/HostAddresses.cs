using System.Collections.Concurrent;
using System.Net;

namespace ThrottleNet.MxNode.Trust;

/// <summary>The addresses of the list's host names, as the DNS last confirmed them. Thread-safe.</summary>
internal sealed class HostAddresses(NameConfirmer names, ILogger<HostAddresses> log)
{
    private readonly ConcurrentDictionary<string, IReadOnlyList<IPAddress>> _addresses = new();

    public bool Knows(string name) => _addresses.ContainsKey(name);

    public IReadOnlyList<IPAddress> Of(string name) => _addresses.GetValueOrDefault(name) ?? [];

    /// <summary>Looks up all wanted names again, and forgets every other name.</summary>
    public async Task ResolveAsync(IReadOnlySet<string> wanted, CancellationToken cancel)
    {
        foreach (var gone in _addresses.Keys.Where(name => !wanted.Contains(name)))
        {
            _addresses.TryRemove(gone, out _);
        }

        foreach (var name in wanted)
        {
            var confirmation = await names.ConfirmAsync(name, cancel);
            if (confirmation.Complete && confirmation.Confirmed.Count == 0)
            {
                log.Unconfirmed(name);
            }

            // While the DNS does not answer, its last answer stays in force.
            if (confirmation.Complete || !Knows(name))
            {
                _addresses[name] = confirmation.Confirmed;
            }
        }
    }
}
