using System.Buffers;
using System.Net;
using SmtpServer;
using SmtpServer.Mail;
using SmtpServer.Net;
using SmtpServer.Protocol;
using SmtpServer.Storage;

namespace ThrottleNet.MxNode.Demo;

/// <summary>
/// The domain's real mail exchanger: the SmtpServer package, so that the relays are tried with a server that this project did not
/// write. It knows its mailboxes, asks its guard about each client, and counts the messages that it takes.
/// </summary>
internal sealed class DemoDestination : IAsyncDisposable
{
    private const int MaxMessageSize = 1 << 20; // octets

    private readonly CancellationTokenSource _stop = new();
    private readonly SmtpServer.SmtpServer _server;
    private Task _running = Task.CompletedTask;
    private IPEndPoint? _endPoint;
    private int _messages;

    /// <param name="people">Local-parts that have a mailbox.</param>
    public DemoDestination(IEnumerable<string> people)
    {
        var listeners = new EndpointListenerFactory();
        listeners.EndpointStarted += (_, started) => _endPoint = (IPEndPoint)started.LocalEndPoint;
        var services = new SmtpServer.ComponentModel.ServiceProvider();
        services.Add(listeners);
        services.Add(new Door(this, [.. people]));
        services.Add((IMessageStore)new Mailboxes(this));
        _server = new SmtpServer.SmtpServer(
            new SmtpServerOptionsBuilder()
                .ServerName("mail.example.test")
                .Endpoint(endpoint => endpoint.Endpoint(new IPEndPoint(IPAddress.Loopback, 0)))
                .MaxMessageSize(MaxMessageSize, MaxMessageSizeHandling.Strict)
                .Build(),
            services);
    }

    /// <summary>The guard to ask about each client; null if there is none (yet).</summary>
    public IPEndPoint? Guard { get; set; }

    /// <summary>Where it listens, once started.</summary>
    public IPEndPoint EndPoint => _endPoint!;

    /// <summary>Messages taken so far.</summary>
    public int Messages => Volatile.Read(ref _messages);

    /// <summary>Starts it; returns when it listens.</summary>
    public Task StartAsync()
    {
        // It binds before its first wait: a task that has ended here has failed.
        _running = _server.StartAsync(_stop.Token);
        return _running.IsCompleted ? _running : Task.CompletedTask;
    }

    public async ValueTask DisposeAsync()
    {
        await _stop.CancelAsync();
        await _running;
        _stop.Dispose();
    }

    // Decides on each MAIL and RCPT.
    private sealed class Door(DemoDestination destination, HashSet<string> people) : MailboxFilter
    {
        private const string Transaction = "Demo:Transaction";

        // A mail server gives each transaction a name of its own, by which the guard knows that it is asked about the same mail again.
        public override Task<bool> CanAcceptFromAsync(ISessionContext context, IMailbox from, int size, CancellationToken cancellationToken)
        {
            context.Properties[Transaction] = Guid.NewGuid().ToString("N");
            return Task.FromResult(true);
        }

        /// <exception cref="SmtpResponseException">The guard has said no; a 421 ends the session.</exception>
        public override async Task<bool> CanDeliverToAsync(ISessionContext context, IMailbox to, IMailbox from, CancellationToken cancellationToken)
        {
            var client = ((IPEndPoint)context.Properties[EndpointListener.RemoteEndPointKey]).Address;
            var instance = (string)context.Properties[Transaction];
            return destination.Guard is { } guard && await DemoPostfix.AskGuardAsync(guard, client, instance, $"{to.User}@{to.Host}") is { } no
                ? throw new SmtpResponseException(new SmtpResponse((SmtpReplyCode)no.Code, no.Text), quit: no.Code == 421)
                : people.Contains(to.User);
        }
    }

    // Counts each message and forgets it.
    private sealed class Mailboxes(DemoDestination destination) : MessageStore
    {
        public override Task<SmtpResponse> SaveAsync(ISessionContext context, IMessageTransaction transaction, ReadOnlySequence<byte> buffer, CancellationToken cancellationToken)
        {
            Interlocked.Increment(ref destination._messages);
            return Task.FromResult(new SmtpResponse(SmtpReplyCode.Ok, "2.0.0 taken"));
        }
    }
}
