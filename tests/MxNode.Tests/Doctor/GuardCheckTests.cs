using System.Net;
using System.Net.Sockets;
using System.Text;
using ThrottleNet.MxNode.Doctor;
using ThrottleNet.MxNode.Guard;

namespace ThrottleNet.MxNode.Tests.Doctor;

/// <summary>The guard as its mail server, and as a host that is no relay, see it.</summary>
public sealed class GuardCheckTests
{
    [Fact]
    public async Task A_relay_cannot_see_a_guard()
    {
        await using var world = new DoctorWorld();
        await world.ExpectAsync(FindingLevel.Skip, "deferral", "a relay cannot see", "with the guard's configuration");
    }

    [Fact]
    public async Task A_host_that_is_no_relay_and_is_taken_meets_no_guard()
    {
        await using var world = new DoctorWorld();
        world.Viewpoint = world.Viewpoint with { Addresses = () => [] };
        await world.ExpectAsync(FindingLevel.Warn, "deferral", "no guard stands before it", "set up a guard");
    }

    [Theory]
    [InlineData("450 4.7.1 <unknown[192.0.2.7]>: Client host rejected: This domain takes mail from unknown hosts through throttle-mx.test only; 192.0.2.7 should send there")]
    [InlineData("450 4.7.1 throttle-mx.test limits how much mail 192.0.2.7 sends; it takes the next one in 4 minutes, so send there")]
    public async Task A_host_that_is_no_relay_and_is_sent_to_the_magic_MX_meets_a_guard(string said)
    {
        await using var world = new DoctorWorld();
        world.Viewpoint = world.Viewpoint with { Addresses = () => [] };
        world.Server.Script = (step, _) => step.StartsWith("RCPT", StringComparison.Ordinal) ? HopAction.Say(said) : null;
        var report = await world.ExpectAsync(FindingLevel.Pass, "deferral", "a guard defers this machine");
        Assert.Contains(report.Findings, f => f is { Level: FindingLevel.Skip, Check: "answer" });
        Assert.True(report.Healthy);
    }

    [Theory]
    [InlineData("action=DUNNO\n\n", FindingLevel.Pass, "answers")]
    [InlineData("HTTP/1.1 400 Bad Request\n\n", FindingLevel.Fail, "answers HTTP/1.1 400 Bad Request")]
    [InlineData("", FindingLevel.Fail, "does not speak the policy protocol")]
    internal async Task The_guard_of_the_configuration_answers_or_not(string answer, FindingLevel level, string text)
    {
        using var guard = new PolicyServer(answer);
        await using var world = new DoctorWorld();
        world.Viewpoint = world.Viewpoint with { Guard = new GuardOptions { Listen = [guard.EndPoint] }, AskAsync = Knows(relay: true) };
        await world.ExpectAsync(level, "answers", $"the guard at {guard.EndPoint} {text}");
        Assert.Contains("sasl_username=", await guard.Question, StringComparison.Ordinal); // so that nothing is counted
    }

    [Fact]
    public async Task A_guard_that_is_down()
    {
        await using var world = new DoctorWorld();
        var nobody = new IPEndPoint(IPAddress.Loopback, Ports.Free());
        world.Viewpoint = world.Viewpoint with { Guard = new GuardOptions { Listen = [nobody] } };
        await world.ExpectAsync(FindingLevel.Fail, "answers", $"the guard at {nobody} cannot be called", "start the guard");
        await world.ExpectAsync(FindingLevel.Warn, "knows", "did not say whether it knows the relay");
    }

    [Theory]
    [InlineData(true, false, FindingLevel.Pass, "the guard knows the relay 127.")]
    [InlineData(false, true, FindingLevel.Pass, "the guard trusts the relay 127.")]
    [InlineData(false, false, FindingLevel.Fail, "the guard does not know the relay 127.")]
    internal async Task The_guard_must_know_each_relay(bool relay, bool trusted, FindingLevel level, string text)
    {
        await using var world = new DoctorWorld();
        world.Viewpoint = world.Viewpoint with { Guard = new GuardOptions { HttpListen = [new IPEndPoint(IPAddress.Loopback, 10042)] }, AskAsync = Knows(relay, trusted) };
        await world.ExpectAsync(level, "knows", text);
    }

    private static Func<IPAddress, CancellationToken, Task<SightingReport?>> Knows(bool relay, bool trusted = false) =>
        (address, _) => Task.FromResult<SightingReport?>(new SightingReport(address.ToString(), address.ToString(), relay, trusted, false, false, 0));

    // Gives one answer to one question, and closes.
    private sealed class PolicyServer : IDisposable
    {
        private readonly TcpListener _listener = new(IPAddress.Loopback, 0);

        public PolicyServer(string answer)
        {
            _listener.Start();
            Question = ServeAsync(answer);
        }

        public IPEndPoint EndPoint => (IPEndPoint)_listener.LocalEndpoint;

        public Task<string> Question { get; }

        public void Dispose() => _listener.Dispose();

        private async Task<string> ServeAsync(string answer)
        {
            using var client = await _listener.AcceptTcpClientAsync();
            var question = new byte[4096];
            var read = await client.GetStream().ReadAsync(question);
            await client.GetStream().WriteAsync(Encoding.ASCII.GetBytes(answer));
            return Encoding.ASCII.GetString(question, 0, read);
        }
    }
}
