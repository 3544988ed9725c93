using System.Net;
using System.Security.Cryptography;
using ThrottleNet.MxNode.Cluster;
using ThrottleNet.MxNode.Configuration;
using ThrottleNet.MxNode.Egress;
using ThrottleNet.MxNode.Exchange;
using ThrottleNet.MxNode.Guard;
using ThrottleNet.MxNode.Listening;
using ThrottleNet.MxNode.Spool;
using ThrottleNet.MxNode.Storage;

namespace ThrottleNet.MxNode.Hosting;

/// <summary>
/// What <c>run</c> refuses beyond errors in the configuration itself: it depends on the machine, on files and on the time. <c>check-config</c> finds all of it at
/// once, in the words of <c>run</c>, and changes nothing.
/// </summary>
internal static class StartChecks
{
    /// <param name="configuration">A configuration without errors.</param>
    /// <param name="time">The clock that certificates are checked by.</param>
    /// <returns>One line for each reason.</returns>
    public static async Task<IReadOnlyList<string>> FindAsync(NodeConfiguration configuration, TimeProvider time)
    {
        var faults = new List<string>();
        foreach (var check in Checks(configuration, time))
        {
            try
            {
                await check();
            }
            catch (StartException e)
            {
                faults.Add(e.Message);
            }
        }

        return faults;
    }

    private static IEnumerable<Func<Task>> Checks(NodeConfiguration configuration, TimeProvider time) =>
    [
        .. EndPoints(configuration).Select(named => Check(() => ListenFault.Expect(named.Listener, named.EndPoint, mayBeTaken: true))),
        .. configuration.Relay.SourceAddresses.Select(source => Check(() => EgressWatch.ExpectOwn(source))),
        Check(() => DataDirectory.ExpectUsable(configuration.Node.DataDirectory)),
        Check(() => QueueRecovery.ExpectReadable(Path.Combine(configuration.Node.DataDirectory, SpoolServices.Folder))),
        Check(() => ExpectCredentials(configuration, time)),
        Check(() => ClusterCredentials.Read(configuration.Cluster, time)),
        .. configuration.Guard is { IsOn: true, DropSet: not null } guard ? [() => DropSetKeeper.ExpectPossibleAsync(guard, time)] : Array.Empty<Func<Task>>(),
    ];

    private static Func<Task> Check(Action check) => () =>
    {
        check();
        return Task.CompletedTask;
    };

    private static IEnumerable<(Listener Listener, IPEndPoint EndPoint)> EndPoints(NodeConfiguration configuration) =>
    [
        .. configuration.ListEndPoints(),
        .. configuration.Trust.DnsListen.Select(text => (Listener.Dns, IPEndPoint.Parse(text))),
    ];

    private static void ExpectCredentials(NodeConfiguration configuration, TimeProvider time)
    {
        if (!configuration.Exchange.IsOn && !configuration.Guard.AsksRelays)
        {
            return;
        }

        try
        {
            var credentials = NodeCredentials.Read(configuration.Exchange, time.GetUtcNow());
            if (configuration.Exchange.IsOn)
            {
                CoreFactory.ExpectNode(credentials.Certificate);
            }
        }
        catch (CryptographicException e)
        {
            throw new StartException(e.Message, e);
        }
    }
}
