using System.Net;
using System.Net.Sockets;
using System.Runtime.CompilerServices;
using System.Text;
using ThrottleNet.MxNode.Relay;
using ThrottleNet.Protocol.Dns;

namespace ThrottleNet.MxNode.Doctor;

/// <summary>
/// Whether a guard keeps unknown hosts away from the domain's mail server. With a guard's configuration: does it answer, and does it know the relays?
/// From a machine that is no relay: does the mail server defer it? From a relay no guard can be seen, because a guard lets relays through.
/// </summary>
internal sealed class GuardCheck(Viewpoint viewpoint, NetworkOptions network, NodeTrial trial, Vantage vantage, TimeProvider clock) : IDomainCheck
{
    private const int MostRelays = 8;
    private const int MostOctets = 4096;

    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(10);

    // The guard passes a mail server's own users and counts nothing for them.
    private static ReadOnlyMemory<byte> Question { get; } = "request=smtpd_access_policy\nprotocol_state=RCPT\nclient_address=192.0.2.1\nsasl_username=doctor\n\n"u8.ToArray();

    public string Group => "Guard";

    public IAsyncEnumerable<Finding> RunAsync(DomainView view, CancellationToken cancel) =>
        viewpoint.Guard.IsOn ? InsideAsync(view, cancel) : OutsideAsync(view, cancel);

    private async IAsyncEnumerable<Finding> InsideAsync(DomainView view, [EnumeratorCancellation] CancellationToken cancel)
    {
        foreach (var endPoint in viewpoint.Guard.EndPoints)
        {
            yield return await AskAsync(endPoint, cancel) is { } fault
                ? Finding.Fail("answers", $"the guard at {endPoint} {fault}: the mail server defers all mail meanwhile", "start the guard, and look at its log")
                : Finding.Pass("answers", $"the guard at {endPoint} answers");
        }

        foreach (var relay in (await vantage.RelaysAsync(view, cancel)).Take(MostRelays))
        {
            yield return await viewpoint.AskAsync(relay, cancel) switch
            {
                null => Finding.Warn("knows", $"the guard did not say whether it knows the relay {relay}", "start the guard; its Admin:Listen and its relays (Guard:Relays) must answer"),
                { Relay: true } => Finding.Pass("knows", $"the guard knows the relay {relay}"),
                { Trusted: true } => Finding.Pass("knows", $"the guard trusts the relay {relay}"),
                _ => Finding.Fail("knows", $"the guard does not know the relay {relay}, and defers its mail", "name more relays in Guard:Relays, or ask the operators to enrol it in the trusted list with --kind relay"),
            };
        }
    }

    private async IAsyncEnumerable<Finding> OutsideAsync(DomainView view, [EnumeratorCancellation] CancellationToken cancel)
    {
        if (await vantage.IsRelayAsync(view, cancel))
        {
            yield return Finding.Skip("deferral", "a relay cannot see whether a guard stands before the mail server", "run this check on the mail server with the guard's configuration, or on a machine that is no relay");
            yield break;
        }

        var answer = await trial.AnswerAsync(view, cancel);
        if (answer.NextHop.Length == 0)
        {
            yield return Finding.Skip("deferral", "the mail server could not be asked", "mend what failed above");
        }
        else if (answer.Reply.IsTransient && answer.Reply.Lines.Any(NamesMagic))
        {
            yield return Finding.Pass("deferral", $"a guard defers this machine, which is no relay: {answer.Reply}");
        }
        else
        {
            yield return Finding.Warn(
                "deferral",
                $"the mail server answers this machine, which is no relay, with: {answer.Reply}. If this machine is not on the trusted list, no guard stands before it, and bulk senders go past the network",
                "set up a guard: docs/domain-owner.md");
        }
    }

    private bool NamesMagic(string line) => line.Split(' ').Any(word => HostNames.HasLabel(word.TrimEnd(';', ',', '.', ')'), network.MagicLabel));

    // Null: it answers.
    private async Task<string?> AskAsync(IPEndPoint endPoint, CancellationToken cancel)
    {
        using var limit = new CancellationTokenSource(Patience, clock);
        using var either = CancellationTokenSource.CreateLinkedTokenSource(limit.Token, cancel);
        var address = endPoint.Address.Equals(IPAddress.Any) ? IPAddress.Loopback : endPoint.Address.Equals(IPAddress.IPv6Any) ? IPAddress.IPv6Loopback : endPoint.Address;
        using var socket = new Socket(endPoint.AddressFamily, SocketType.Stream, ProtocolType.Tcp);
        try
        {
            await socket.ConnectAsync(new IPEndPoint(address, endPoint.Port), either.Token);
            await socket.SendAsync(Question, either.Token);
            var octets = new byte[MostOctets];
            var length = 0;
            while (!octets.AsSpan(0, length).EndsWith("\n\n"u8))
            {
                var read = await socket.ReceiveAsync(octets.AsMemory(length), either.Token);
                if (read == 0 || (length += read) == MostOctets)
                {
                    return "does not speak the policy protocol";
                }
            }

            return octets.AsSpan(0, length).StartsWith("action="u8) ? null : $"answers {Encoding.ASCII.GetString(octets, 0, length)}";
        }
        catch (SocketException e)
        {
            return $"cannot be called: {e.Message}";
        }
        catch (OperationCanceledException) when (!cancel.IsCancellationRequested)
        {
            return $"did not answer within {Patience.TotalSeconds:F0} s";
        }
    }
}
