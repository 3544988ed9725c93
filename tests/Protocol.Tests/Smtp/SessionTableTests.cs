using ThrottleNet.Protocol.Smtp;

namespace ThrottleNet.Protocol.Tests.Smtp;

public sealed class SessionTableTests
{
    /// <summary>Verbs in the enum's order: Unknown Helo Ehlo Mail Rcpt Data Bdat Rset Noop Quit Vrfy Expn Help StartTls Xclient.</summary>
    [Theory]
    [InlineData(SessionState.Greeting, "503 503 503 503 503 503 503 503 503 503 503 503 503 503 503")]
    [InlineData(SessionState.Connected, "500 ok ok 503 503 503 503 ok ok ok ok ok ok 503 ok")]
    [InlineData(SessionState.Ready, "500 ok ok ok 503 503 503 ok ok ok ok ok ok ok ok")]
    [InlineData(SessionState.Mail, "500 ok ok 503 ok 503 503 ok ok ok ok ok ok 503 503")]
    [InlineData(SessionState.Recipients, "500 ok ok 503 ok ok ok ok ok ok ok ok ok 503 503")]
    [InlineData(SessionState.Chunks, "500 ok ok 503 503 503 ok ok ok ok ok ok ok 503 503")]
    [InlineData(SessionState.Closed, "503 503 503 503 503 503 503 503 503 503 503 503 503 503 503")]
    public void Each_state_has_its_commands(SessionState state, string expected)
    {
        var actual = Enum.GetValues<SmtpVerb>().Select(verb => SessionTable.Check(state, verb)).ToList();

        Assert.Equal(expected, string.Join(' ', actual.Select(reply => reply?.ToString()[..3] ?? "ok")));
        Assert.All(actual.OfType<SmtpReply>(), reply => Assert.Equal(new EnhancedStatus(5, 5, 1), reply.Status));
    }
}
