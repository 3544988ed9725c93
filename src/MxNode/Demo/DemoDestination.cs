using System.Buffers;
using System.IO.Pipelines;
using System.Net;
using Microsoft.AspNetCore.Connections;
using Microsoft.AspNetCore.Server.Kestrel.Core;
using ThrottleNet.Protocol.Smtp;

namespace ThrottleNet.MxNode.Demo;

/// <summary>The domain's real mail exchanger, as small as one can be: it knows its people, asks its guard, takes mail and counts it.</summary>
internal sealed class DemoDestination : IAsyncDisposable
{
    private static readonly SmtpReply Greeting = new(220, "", "mail.example.test ESMTP");
    private static readonly SmtpReply Extensions = new(250, null, ["mail.example.test", "PIPELINING", "8BITMIME", "ENHANCEDSTATUSCODES"]);
    private static readonly SmtpReply Ok = new(250, "2.0.0", "OK");
    private static readonly SmtpReply Unknown = new(550, "5.1.1", "no such mailbox here");
    private static readonly SmtpReply Text = new(354, "", "go on");
    private static readonly SmtpReply Bye = new(221, "2.0.0", "bye");

    private readonly WebApplication _app;
    private readonly HashSet<string> _people;
    private ListenOptions? _listen;
    private int _messages;

    /// <param name="people">Local-parts that have a mailbox.</param>
    public DemoDestination(IEnumerable<string> people)
    {
        _people = [.. people];
        var builder = WebApplication.CreateEmptyBuilder(new WebApplicationOptions());
        builder.WebHost.UseKestrelCore().ConfigureKestrel(kestrel => kestrel.Listen(IPAddress.Loopback, 0, options =>
        {
            options.Run(ServeAsync);
            _listen = options;
        }));
        _app = builder.Build();
    }

    /// <summary>Whom it asks about every client; null before there is one.</summary>
    public IPEndPoint? Guard { get; set; }

    public IPEndPoint EndPoint => _listen!.IPEndPoint!;

    /// <summary>Messages taken so far.</summary>
    public int Messages => Volatile.Read(ref _messages);

    public Task StartAsync() => _app.StartAsync();

    public async ValueTask DisposeAsync() => await _app.DisposeAsync();

    private async Task ServeAsync(ConnectionContext connection)
    {
        var (input, output) = (connection.Transport.Input, connection.Transport.Output);
        var client = ((IPEndPoint)connection.RemoteEndPoint!).Address;
        var transactions = 0;
        Greeting.WriteTo(output);
        while (await CommandAsync(input, output) is { } command)
        {
            transactions += command.Verb == SmtpVerb.Mail ? 1 : 0;
            var reply = command.Verb switch
            {
                SmtpVerb.Ehlo => Extensions,
                SmtpVerb.Rcpt => await RecipientAsync(client, $"{connection.ConnectionId}.{transactions}", command.Argument),
                SmtpVerb.Data => Text,
                SmtpVerb.Quit => Bye,
                _ => Ok,
            };
            reply.WriteTo(output);
            if (reply.Code is 421 or 221)
            {
                break;
            }

            if (command.Verb == SmtpVerb.Data && await TextAsync(input, output))
            {
                Interlocked.Increment(ref _messages);
                Ok.WriteTo(output);
            }
        }

        await output.FlushAsync();
    }

    // The next command, once the answers so far are on their way; null at the end.
    private static async Task<SmtpCommand?> CommandAsync(PipeReader input, PipeWriter output)
    {
        while (true)
        {
            await output.FlushAsync();
            var result = await input.ReadAsync();
            var buffer = result.Buffer;
            var isLine = SmtpLine.TryRead(ref buffer, SmtpLimits.CommandLine, out var line) == LineStatus.Line;
            var command = isLine && SmtpCommand.TryParse(line, out var parsed) ? (SmtpCommand?)parsed : null;
            input.AdvanceTo(buffer.Start, isLine ? buffer.Start : buffer.End);
            if (isLine || result.IsCompleted)
            {
                return command;
            }
        }
    }

    private static async Task<bool> TextAsync(PipeReader input, PipeWriter output)
    {
        await output.FlushAsync();
        var text = new MessageTextReader(long.MaxValue);
        while (true)
        {
            var result = await input.ReadAsync();
            var buffer = result.Buffer;
            var whole = text.Read(ref buffer, new ArrayBufferWriter<byte>());
            input.AdvanceTo(buffer.Start, whole ? buffer.Start : buffer.End);
            if (whole || result.IsCompleted)
            {
                return whole;
            }
        }
    }

    private async Task<SmtpReply> RecipientAsync(IPAddress client, string instance, string argument) =>
        !EnvelopeParser.TryParseRcpt(argument, smtpUtf8: false, out var rcpt, out var error) ? error!
        : Guard is { } guard && await DemoPostfix.AskGuardAsync(guard, client, instance, rcpt!.ForwardPath.ToString()) is { } no ? no
        : _people.Contains(rcpt!.ForwardPath.LocalPart) ? Ok : Unknown;
}
