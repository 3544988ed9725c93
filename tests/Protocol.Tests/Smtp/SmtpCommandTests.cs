using System.Buffers;
using System.Text;
using FsCheck;
using FsCheck.Fluent;
using ThrottleNet.Protocol.Smtp;

namespace ThrottleNet.Protocol.Tests.Smtp;

public sealed class SmtpCommandTests
{
    [Theory]
    [InlineData("EHLO mail.example.com", SmtpVerb.Ehlo, "mail.example.com")]
    [InlineData("helo\tmail.example.com ", SmtpVerb.Helo, "mail.example.com")]
    [InlineData("MAIL FROM:<a@b.example> SIZE=1 ", SmtpVerb.Mail, "FROM:<a@b.example> SIZE=1")]
    [InlineData("rCpT TO:<ü@b.example>", SmtpVerb.Rcpt, "TO:<ü@b.example>")]
    [InlineData("DATA", SmtpVerb.Data, "")]
    [InlineData("data ", SmtpVerb.Data, "")]
    [InlineData("RSET", SmtpVerb.Rset, "")]
    [InlineData("NOOP anything at all", SmtpVerb.Noop, "anything at all")]
    [InlineData("QUIT", SmtpVerb.Quit, "")]
    [InlineData("VRFY a", SmtpVerb.Vrfy, "a")]
    [InlineData("EXPN a", SmtpVerb.Expn, "a")]
    [InlineData("HELP", SmtpVerb.Help, "")]
    [InlineData("starttls", SmtpVerb.StartTls, "")]
    [InlineData("XCLIENT NAME=a", SmtpVerb.Xclient, "NAME=a")]
    [InlineData("", SmtpVerb.Unknown, "")]
    [InlineData(" EHLO a", SmtpVerb.Unknown, "EHLO a")]
    [InlineData("EHLOA", SmtpVerb.Unknown, "")]
    [InlineData("STARTTLSS", SmtpVerb.Unknown, "")]
    [InlineData("ſtarttls", SmtpVerb.Unknown, "")]
    [InlineData("GET / HTTP/1.1", SmtpVerb.Unknown, "/ HTTP/1.1")]
    public void A_line_is_a_verb_and_an_argument(string line, SmtpVerb verb, string argument)
    {
        var octets = Encoding.UTF8.GetBytes(line);
        foreach (var cuts in Cut.Everywhere(octets.Length))
        {
            Assert.True(SmtpCommand.TryParse(Cut.Sequence(octets, cuts), out var command));
            Assert.Equal(new SmtpCommand(verb, argument) { UnknownLine = verb == SmtpVerb.Unknown ? line : null }, command);
        }
    }

    [Theory]
    [InlineData("NOOP \0")]
    [InlineData("NOOP \u007f")]
    [InlineData("NOOP \u001b[2J")]
    [InlineData("NOOP a\rb")]
    [InlineData("NOOP \u0085")]
    public void Control_characters_are_refused(string line) =>
        Assert.False(SmtpCommand.TryParse(Cut.Sequence(Encoding.UTF8.GetBytes(line)), out _));

    [Fact]
    public void Only_UTF_8_is_accepted()
    {
        Assert.False(SmtpCommand.TryParse(Cut.Sequence([.. "NOOP "u8, 0xe4]), out _));
        Assert.False(SmtpCommand.TryParse(Cut.Sequence([.. "NOOP "u8, 0xc0, 0x8a]), out _)); // an overlong line feed
        Assert.False(SmtpCommand.TryParse(Cut.Sequence([.. "NOOP "u8, 0xed, 0xa0, 0x80]), out _)); // a surrogate
    }

    [Fact]
    public void Random_octets_never_throw_and_an_accepted_command_contains_no_line_end() =>
        Prop.ForAll(ArbMap.Default.ArbFor<byte[]>(), octets =>
            !SmtpCommand.TryParse(new ReadOnlySequence<byte>(octets), out var command)
            || !command.Argument.AsSpan().ContainsAny("\r\n\0")).QuickCheckThrowOnFailure();
}
