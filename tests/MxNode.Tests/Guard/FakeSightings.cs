using System.Net;
using ThrottleNet.MxNode.Guard;

namespace ThrottleNet.MxNode.Tests.Guard;

/// <summary>Sightings as the test sets them; at first no host is known. An answer of null means that no relay could be asked.</summary>
internal sealed class FakeSightings : ISightings
{
    public Dictionary<IPAddress, HostSighting> Known { get; } = [];

    public bool IsReachable { get; set; } = true;

    /// <summary>Thrown instead of an answer.</summary>
    public Exception? Failure { get; set; }

    public int Asked { get; private set; }

    public List<IPAddress> Reported { get; } = [];

    public void Report(IPAddress address) => Reported.Add(address);

    public ValueTask<HostSighting?> AskAsync(IPAddress address, CancellationToken cancel)
    {
        Asked++;
        if (Failure is not null)
        {
            throw Failure;
        }

        return ValueTask.FromResult<HostSighting?>(IsReachable ? Known.GetValueOrDefault(address) : null);
    }
}
