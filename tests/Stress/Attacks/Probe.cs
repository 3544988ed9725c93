using System.Net;
using System.Net.Sockets;

namespace ThrottleNet.Stress.Attacks;

/// <summary>Senders of mail during an attack: one message after the other, each a session, and how long each took until it was accepted.</summary>
/// <remarks>
/// A sender does as Postfix does: when an attempt fails it makes a second one at once (smtp_mx_session_limit is 2), and then pauses. Postfix pauses five minutes; here it is
/// some seconds, so that a short attack sees the retries.
/// </remarks>
internal sealed class Probe(IPEndPoint node, Func<int, IPAddress> from)
{
    public const string TrustedNetwork = "127.77.0.0/16";

    private static readonly TimeSpan GivesUpAfter = TimeSpan.FromSeconds(60);
    private static readonly TimeSpan Pause = TimeSpan.FromSeconds(5);

    private readonly List<TimeSpan> _times = [];
    private readonly List<string> _failures = [];

    /// <summary>Trusted hosts.</summary>
    public static Probe OfTrusted(IPEndPoint node) => new(node, i => new([127, 77, (byte)(i / 250 % 250), (byte)(1 + (i % 250))]));

    /// <summary>Persons: each message comes from an untrusted host of its own, in a site of its own.</summary>
    public static Probe OfPersons(IPEndPoint node) => new(node, i => new([127, (byte)(200 + (i % 40)), (byte)(i / 40), 1]));

    /// <summary>Sends a message each time the interval has passed, whether earlier ones were accepted or not, until it is cancelled.</summary>
    public async Task<Passage> RunAsync(TimeSpan interval, CancellationToken cancel)
    {
        List<Task> sending = [];
        using var timer = new PeriodicTimer(interval, TimeProvider.System);
        try
        {
            for (var i = 0; await timer.WaitForNextTickAsync(cancel); i++)
            {
                sending.Add(SendAsync(from(i)));
            }
        }
        catch (OperationCanceledException)
        {
            // The attack is over. What was begun is finished.
        }

        await Task.WhenAll(sending);
        return new Passage([.. _times.Order()], [.. _failures]);
    }

    private async Task SendAsync(IPAddress address)
    {
        var began = TimeProvider.System.GetTimestamp();
        string reply;
        for (var attempt = 1; ; attempt++)
        {
            reply = await TrySendAsync(address);
            if (reply.StartsWith('2') || reply.StartsWith('5') || TimeProvider.System.GetElapsedTime(began) > GivesUpAfter)
            {
                break;
            }

            if (attempt % 2 == 0)
            {
                await Task.Delay(Pause, TimeProvider.System);
            }
        }

        lock (_times)
        {
            if (reply.StartsWith('2'))
            {
                _times.Add(TimeProvider.System.GetElapsedTime(began));
            }
            else
            {
                _failures.Add(reply);
            }
        }
    }

    private async Task<string> TrySendAsync(IPAddress address)
    {
        try
        {
            return await RawClient.SendMessageAsync(node, address, "sender@people.test", $"reader@{AttackedNode.Domain}");
        }
        catch (Exception e) when (e is IOException or SocketException or TimeoutException)
        {
            return "";
        }
    }
}
