using System.Buffers;
using System.Collections.Immutable;
using System.Net;
using System.Text;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Logging;
using ThrottleNet.MxNode.Dns;
using ThrottleNet.MxNode.Relay;
using ThrottleNet.MxNode.Relay.Authentication;
using ThrottleNet.MxNode.Telemetry;
using ThrottleNet.Protocol.Smtp;

namespace ThrottleNet.MxNode.Tests.Relay;

/// <summary>The relay as wired in the node, with the test's clock, DNS and log.</summary>
internal sealed class RelayRig : IAsyncDisposable
{
    public static readonly ClientFacts Alice = new(IPAddress.Parse("192.0.2.55"), 40001, "mail.alice.test", "mail.alice.test", "ESMTP");

    public static readonly byte[] Header = "Received: from mail.alice.test by a.node.test; now\r\n"u8.ToArray();

    private readonly TemporaryFolder _folder = new();
    private readonly ServiceProvider _services;

    /// <summary>A relay without sender authentication: messages go out as they are.</summary>
    /// <inheritdoc cref="RelayRig(bool, RelayOptions?, object[])"/>
    public RelayRig(RelayOptions? options = null, params object[] services)
        : this(withAuthentication: false, options, services)
    {
    }

    /// <param name="withAuthentication">Whether Relay:Authentication of the settings is in force.</param>
    /// <param name="options">Settings of the section Relay.</param>
    /// <param name="services">Services in place of those that the node has.</param>
    public RelayRig(bool withAuthentication, RelayOptions? options, params object[] services)
    {
        var relay = options ?? new RelayOptions { AllowPrivateDestinations = true };
        var collection = new ServiceCollection();
        foreach (var service in services)
        {
            collection.AddSingleton(service.GetType(), service);
        }

        _services = collection
            .AddSingleton<TimeProvider>(Clock)
            .AddSingleton<IDnsResolver>(Dns)
            .AddMetrics()
            .AddSingleton<VerdictHistory>()
            .AddSingleton<NodeMetrics>()
            .AddLogging(logging => logging.SetMinimumLevel(LogLevel.Debug).AddProvider(Log))
            .AddRelay(new NetworkOptions(), withAuthentication ? relay : relay with { Authentication = AuthenticationMode.Off }, Self, _folder.Path)
            .BuildServiceProvider(new ServiceProviderOptions { ValidateOnBuild = true });
        Spool = _services.GetRequiredService<TextStore>();
    }

    public FakeTimeProvider Clock { get; } = new();

    public FakeDns Dns { get; } = new();

    public CapturedLog Log { get; } = new();

    public OwnIdentity Self { get; } = new("a.node.test");

    public string SpoolFolder => Path.Combine(_folder.Path, "spool");

    public TextStore Spool { get; }

    public IServiceProvider Services => _services;

    public NameRefusals Names => _services.GetRequiredService<NameRefusals>();

    public static Destination To(params ScriptedHop[] hops) =>
        new("test", [.. hops.Select(hop => new MxHost(hop.EndPoint.Address.ToString(), hop.EndPoint.Port, IsRoute: true))]);

    public static MailCommand MailFrom(string sender) => new(At(sender), null, BodyType.SevenBit, false);

    public static Mailbox At(string address) => new(address[..address.IndexOf('@')], address[(address.IndexOf('@') + 1)..]);

    public static IReadOnlyList<RcptCommand> Recipients(params string[] addresses) => [.. addresses.Select(a => new RcptCommand(At(a)))];

    public IDelivery Begin(ScriptedHop hop, MailCommand? mail = null, ClientFacts? client = null) => Begin(To(hop), mail, client);

    public IDelivery Begin(Destination destination, MailCommand? mail = null, ClientFacts? client = null) =>
        _services.GetRequiredService<IDeliveryMethod>().Begin(destination, client ?? Alice, mail ?? MailFrom("alice@alice.test"));

    public MessageText Text(string content) => Text(Encoding.UTF8.GetBytes(content));

    public MessageText Text(byte[] content)
    {
        var text = Spool.Create();
        text.Write(content);
        return text;
    }

    /// <summary>A whole transaction with one recipient: the answers to RCPT and, if that was positive, to the message.</summary>
    public async Task<(SmtpReply Rcpt, RelayResult? Result)> SendAsync(
        Destination destination, string content = "Subject: hi\r\n\r\nhello\r\n", MailCommand? mail = null, ClientFacts? client = null)
    {
        await using var transaction = Begin(destination, mail, client);
        var rcpt = (await transaction.AddRecipientsAsync(Recipients("bob@example.com"), default))[0];
        if (!rcpt.IsPositive)
        {
            return (rcpt, null);
        }

        await using var text = Text(content);
        return (rcpt, await transaction.CommitAsync(new OutgoingMessage(Header, text), default));
    }

    public Task<(SmtpReply Rcpt, RelayResult? Result)> SendAsync(ScriptedHop hop, string content = "Subject: hi\r\n\r\nhello\r\n") =>
        SendAsync(To(hop), content);

    /// <summary>For tests in which one next hop stalls at its greeting and the next one is tried.</summary>
    public static RelayOptions OnlyHelloTimesOut { get; } =
        new() { RecipientsTimeout = TimeSpan.FromDays(40), ConnectTimeout = TimeSpan.FromDays(40), SessionTimeout = TimeSpan.FromDays(40), CommandTimeout = TimeSpan.FromDays(40) };

    /// <summary>
    /// Advances the clock while the work waits for it, after the hop has stalled; with <paramref name="untilLogged"/> only until that event is logged
    /// <paramref name="times"/> times, after which the work goes on by itself.
    /// </summary>
    public async Task<T> RunOutOfTimeAsync<T>(Task<T> work, Task stalled, int untilLogged = 0, int times = 1)
    {
        await Task.WhenAny(work, stalled).WaitAsync(TimeSpan.FromSeconds(60));
        while (!work.IsCompleted && Log.Lines.Count(entry => entry.Event == untilLogged) < times)
        {
            // While the work goes on, two timers are set: one for its recipients, one for all attempts together.
            var waiting = Clock.UntilWaitingAsync(untilLogged == 0 ? 1 : 3);
            await Task.WhenAny(work, waiting);
            Clock.Advance(TimeSpan.FromSeconds(10));
        }

        return await work.WaitAsync(TimeSpan.FromSeconds(60));
    }

    public async ValueTask DisposeAsync()
    {
        await _services.DisposeAsync();
        _folder.Dispose();
    }
}
