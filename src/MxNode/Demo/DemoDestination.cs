using System.Buffers;
using System.Net;
using Microsoft.AspNetCore.Connections;
using Microsoft.AspNetCore.Server.Kestrel.Core;
using ThrottleNet.Protocol.Smtp;

namespace ThrottleNet.MxNode.Demo;

/// <summary>The domain's real mail exchanger, as small as one can be: it knows its people, takes their mail and counts it.</summary>
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

    public IPEndPoint EndPoint => _listen!.IPEndPoint!;

    /// <summary>Messages taken so far.</summary>
    public int Messages => Volatile.Read(ref _messages);

    public Task StartAsync() => _app.StartAsync();

    public async ValueTask DisposeAsync() => await _app.DisposeAsync();

    private async Task ServeAsync(ConnectionContext connection)
    {
        var (input, output) = (connection.Transport.Input, connection.Transport.Output);
        MessageTextReader? text = null;
        Greeting.WriteTo(output);
        while (true)
        {
            await output.FlushAsync();
            var result = await input.ReadAsync();
            var buffer = result.Buffer;
            var open = Take(ref buffer, ref text, output);
            input.AdvanceTo(buffer.Start, buffer.End);
            if (!open || result.IsCompleted)
            {
                await output.FlushAsync();
                return;
            }
        }
    }

    // Answers what is here whole; false after QUIT.
    private bool Take(ref ReadOnlySequence<byte> buffer, ref MessageTextReader? text, IBufferWriter<byte> output)
    {
        while (true)
        {
            if (text is not null)
            {
                if (!text.Read(ref buffer, new ArrayBufferWriter<byte>()))
                {
                    return true;
                }

                text = null;
                Interlocked.Increment(ref _messages);
                Ok.WriteTo(output);
            }

            if (SmtpLine.TryRead(ref buffer, SmtpLimits.CommandLine, out var line) != LineStatus.Line || !SmtpCommand.TryParse(line, out var command))
            {
                return true;
            }

            var reply = command.Verb switch
            {
                SmtpVerb.Ehlo => Extensions,
                SmtpVerb.Rcpt => EnvelopeParser.TryParseRcpt(command.Argument, smtpUtf8: false, out var rcpt, out var error) ? Knows(rcpt!.ForwardPath) : error!,
                SmtpVerb.Data => Text,
                SmtpVerb.Quit => Bye,
                _ => Ok,
            };
            reply.WriteTo(output);
            text = command.Verb == SmtpVerb.Data ? new MessageTextReader(long.MaxValue) : null;
            if (command.Verb == SmtpVerb.Quit)
            {
                return false;
            }
        }
    }

    private SmtpReply Knows(Mailbox recipient) => _people.Contains(recipient.LocalPart) ? Ok : Unknown;
}
