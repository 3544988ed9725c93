using System.Net;
using ThrottleNet.MxNode.Dns;
using ThrottleNet.Protocol.Dns;
using ThrottleNet.Real.Tests.Harness;

namespace ThrottleNet.Real.Tests.Doctor;

/// <summary>The doctor on a terminal: it shows its progress and colours its findings, and the hosts that it asks add nothing of theirs.</summary>
public sealed class DoctorTerminalTests
{
    private const string Escape = "\u001b";

    [NeedsFact("script")]
    public async Task Colours_and_progress_are_for_terminals_only()
    {
        var port = Ports.Free();
        await using var server = new ScriptedHop(new IPEndPoint(Loopback.Next(), port))
        {
            Script = (step, _) => step.StartsWith("RCPT", StringComparison.Ordinal) ? HopAction.Say($"550 {Escape}]0;owned\u0007") : null,
        };
        await using var dns = DnsListener.Start(new IPEndPoint(IPAddress.Loopback, 0), new StaticZone(
            "",
            new MxRecord("example.com", 60, 0, "throttle-mx.test"),
            new MxRecord("example.com", 60, 10, "mail.example.com"),
            new AddressRecord("throttle-mx.test", 60, server.EndPoint.Address),
            new AddressRecord("mail.example.com", 60, server.EndPoint.Address)).Answer);
        var command = string.Join(' ', [.. NodeCommandLine.Command, "doctor", "example.com", "--set", $"Dns:Servers={dns.EndPoint}", "--set", $"Relay:Port={port}", "--set", "Relay:AllowPrivateDestinations=true"]);

        var terminal = (await Tool.RunAsync("env", "TERM=xterm-256color", "script", "-qec", command, "/dev/null")).Expect(1).Output;
        Assert.Contains("checking ", terminal, StringComparison.Ordinal);
        Assert.Matches(Escape + @"\[[0-9;]*m  FAIL", terminal);
        Assert.DoesNotContain("owned\u0007", terminal, StringComparison.Ordinal);

        var piped = (await Tool.RunAsync("sh", "-c", command)).Expect(1);
        Assert.DoesNotContain(Escape, piped.Output + piped.Error, StringComparison.Ordinal);
        Assert.DoesNotContain("checking ", piped.Output + piped.Error, StringComparison.Ordinal);
        Assert.Contains("  FAIL  answers RCPT TO:<postmaster@example.com> with: 550 ", piped.Output, StringComparison.Ordinal);
    }
}
