using System.Buffers;
using BenchmarkDotNet.Attributes;
using ThrottleNet.Protocol.Smtp;

namespace ThrottleNet.Benchmarks.Smtp;

/// <summary>The commands of one short session and the replies to them. One operation is the whole session.</summary>
[MemoryDiagnoser]
public class CommandBenchmarks
{
    private readonly byte[] _commands =
    [
        .. "EHLO mail.example.com\r\nMAIL FROM:<someone@example.com> SIZE=12345 BODY=8BITMIME\r\n"u8,
        .. "RCPT TO:<somebody.else@example.org>\r\nDATA\r\nQUIT\r\n"u8,
    ];

    private readonly byte[] _replies =
    [
        .. "250-mail.example.org\r\n250-PIPELINING\r\n250-SIZE 26214400\r\n250-8BITMIME\r\n250 ENHANCEDSTATUSCODES\r\n"u8,
        .. "250 2.1.0 Ok\r\n250 2.1.5 Ok\r\n354 End data with <CR><LF>.<CR><LF>\r\n250 2.0.0 Ok: queued as 4F2B1\r\n221 2.0.0 Bye\r\n"u8,
    ];

    [Benchmark]
    public int Commands()
    {
        var buffer = new ReadOnlySequence<byte>(_commands);
        var good = 0;
        while (SmtpLine.TryRead(ref buffer, SmtpLimits.CommandLine, out var line) == LineStatus.Line)
        {
            good += SmtpCommand.TryParse(line, out var command) && IsGood(command) ? 1 : 0;
        }

        return good;
    }

    [Benchmark]
    public int Replies()
    {
        var buffer = new ReadOnlySequence<byte>(_replies);
        var reader = new SmtpReplyReader();
        var codes = 0;
        while (reader.TryRead(ref buffer, out var reply) == ReplyStatus.Reply)
        {
            codes += reply!.Code;
        }

        return codes;
    }

    private static bool IsGood(SmtpCommand command) => command.Verb switch
    {
        SmtpVerb.Mail => EnvelopeParser.TryParseMail(command.Argument, out _, out _),
        SmtpVerb.Rcpt => EnvelopeParser.TryParseRcpt(command.Argument, false, out _, out _),
        _ => true,
    };
}
