using System.Text;
using ThrottleNet.TrustList.Statements;

namespace ThrottleNet.TrustList.Tests.Statements;

public sealed class StatementTextTests
{
    private const string Head =
        "trust1 author=00112233445566778899aabbccddeeff00112233 seq=7"
        + " prev=000000000000000000000000000000000000000000000000000000000000000f issued=2026-01-01T00:00:00Z";

    private static readonly Statement Frame = TestAuthor.Enrol("192.0.2.0/24") with
    {
        Author = "00112233445566778899aabbccddeeff00112233",
        Seq = 7,
        Previous = new LineHash(0, 15),
        Issued = TestAuthor.Start,
    };

    public static TheoryData<string, string> Forms { get; } = new()
    {
        {
            "enrol",
            Head + " action=enrol subject=192.0.2.0/24 kind=list-host org=\"Example e.V.\" contact=\"postmaster@example.org\" expires=2027-01-01T00:00:00Z"
        },
        {
            "renew",
            Head + " action=renew subject=lists.example.org kind=site org=\"Müller \\\"&\\\\\\\" Söhne\" contact=\"https://example.org/\" rate=500 expires=2027-01-01T00:00:00Z reason=\"asked by mail\""
        },
        { "suspend", Head + " action=suspend subject=2001:db8::/32 reason=\"too many complaints\"" },
        { "revoke", Head + " action=revoke subject=192.0.2.0/24 delegate=ffeeddccbbaa99887766554433221100ffeeddcc reason=\"key lost\"" },
        {
            "delegate",
            Head + " action=delegate subject=192.0.2.0/24 delegate=ffeeddccbbaa99887766554433221100ffeeddcc org=\"Example ISP\" contact=\"noc@isp.example\" hosts=100 rate=50 expires=2027-01-01T00:00:00Z"
        },
    };

    [Theory]
    [MemberData(nameof(Forms))]
    public void A_statement_has_one_form(string name, string text)
    {
        var statement = name switch
        {
            "enrol" => Frame,
            "renew" => Frame with
            {
                Action = TrustAction.Renew,
                Subject = TestAuthor.Subject("lists.example.org"),
                Kind = TrustKind.Site,
                Organisation = "Müller \"&\\\" Söhne",
                Contact = "https://example.org/",
                RatePerHour = 500,
                Reason = "asked by mail",
            },
            "suspend" => Framed(TestAuthor.Suspend("2001:db8::/32")),
            "revoke" => Framed(TestAuthor.Revoke("192.0.2.0/24")) with { Delegate = "ffeeddccbbaa99887766554433221100ffeeddcc", Reason = "key lost" },
            _ => Framed(TestAuthor.Delegate("192.0.2.0/24", "ffeeddccbbaa99887766554433221100ffeeddcc", 100, 50)),
        };

        Assert.Equal(text, Encoding.UTF8.GetString(StatementText.Body(statement)));
        Assert.True(StatementText.TryParse(Encoding.UTF8.GetBytes(text), out var read, out var error), error);
        Assert.Equal(statement, read);
    }

    [Theory]
    [InlineData("trust1", "trust2", "does not begin with trust1")]
    [InlineData(" seq=7", " seq=07", "not in canonical form")]
    [InlineData(" seq=7", " seq=-7", "-7 is not a number")]
    [InlineData(" seq=7", " seq=99999999999999999999", "is not a number")]
    [InlineData(" seq=7", "", "the field seq is missing")]
    [InlineData(" seq=7", "  seq=7", "the field seq is missing")]
    [InlineData(" seq=7", " seq= 7", "the field seq is missing")]
    [InlineData("000f", "000F", "not in canonical form")]
    [InlineData("000f", "00f", "prev is not a SHA-256")]
    [InlineData("2026-01-01T00:00:00Z", "2026-01-01 00:00:00Z", "is not a time")]
    [InlineData("2026-01-01T00:00:00Z", "2026-02-30T00:00:00Z", "is not a time")]
    [InlineData("action=enrol", "action=enroll", "the action is not known")]
    [InlineData("action=enrol", "action=suspend", "suspend has no kind")]
    [InlineData("action=enrol", "action=delegate", "delegate has no kind")]
    [InlineData("192.0.2.0/24", "192.0.2.1/24", "host bits set below /24")]
    [InlineData("192.0.2.0/24", "192.0.2.10", "not in canonical form")]
    [InlineData("192.0.2.0/24", "0.0.0.0/0", "too wide")]
    [InlineData("192.0.2.0/24", "2000::/3", "too wide")]
    [InlineData("192.0.2.0/24", "2001:DB8::/32", "not in canonical form")]
    [InlineData("192.0.2.0/24", "Lists.Example.org", "neither a network nor a host name")]
    [InlineData("192.0.2.0/24", "localhost", "neither a network nor a host name")]
    [InlineData("192.0.2.0/24", "lists.example.org.", "neither a network nor a host name")]
    [InlineData("kind=list-host", "kind=listhost", "the kind is not known")]
    [InlineData(" kind=list-host", "", "enrol needs kind")]
    [InlineData(" kind=list-host", " kind=", "enrol needs kind")]
    [InlineData("org=\"Example e.V.\"", "org=Example", "org is not in quotes")]
    [InlineData("org=\"Example e.V.\"", "org=\"Exam\\ple\"", "not in canonical form")]
    [InlineData("org=\"Example e.V.\"", "org=\"\"", "enrol needs organisation")]
    [InlineData("org=\"Example e.V.\"", "org=\"\u202eV.e\"", "control or formatting character (U+202E)")]
    [InlineData("org=\"Example e.V.\"", "org=\"a\tb\"", "control or formatting character (U+0009)")]
    [InlineData(" expires=2027-01-01T00:00:00Z", "", "enrol needs expires")]
    [InlineData("expires=2027", "expires=2026", "expires must be after issued")]
    [InlineData(" expires=", " hosts=5 expires=", "enrol has no hosts")]
    [InlineData(" expires=", " rate=0 expires=", "rate must be 1")]
    [InlineData(" expires=", " colour=red expires=", "not known, or not in its place")]
    [InlineData("00:00:00Z\n", "00:00:00Z \n", "not known, or not in its place")]
    [InlineData("00:00:00Z\n", "00:00:00Z reason=\"\"\n", "not in canonical form")]
    [InlineData("00:00:00Z\n", "00:00:00Z reason=\"open\n", "no closing quote")]
    public void Any_other_form_is_refused(string part, string instead, string complaint)
    {
        // A line end marks the end for the replacements, and goes before the line is read.
        var good = Encoding.UTF8.GetString(StatementText.Body(Frame)) + "\n";
        Assert.Contains(part, good, StringComparison.Ordinal);
        var at = part.EndsWith('\n') ? good.LastIndexOf(part, StringComparison.Ordinal) : good.IndexOf(part, StringComparison.Ordinal);
        var bad = good[..at] + instead + good[(at + part.Length)..];

        Assert.False(StatementText.TryParse(Encoding.UTF8.GetBytes(bad.TrimEnd('\n')), out var statement, out var error), statement?.ToString());
        Assert.Contains(complaint, error, StringComparison.Ordinal);
    }

    [Fact]
    public void Octets_that_are_not_UTF8_are_refused()
    {
        var line = StatementText.Body(Frame);
        line[Array.LastIndexOf(line, (byte)'V')] = 0xc0;

        Assert.False(StatementText.TryParse(line, out _, out var error));
        Assert.Equal("it is not UTF-8", error);
    }

    [Fact]
    public void Hostile_octets_are_refused_or_read_back_the_same_and_never_throw()
    {
        var seed = Environment.TickCount;
        var random = new Random(seed);
        var good = StatementText.Body(Frame with { Reason = "because \"so\"" });
        var read = 0;
        for (var round = 0; round < 20_000; round++)
        {
            var line = good.ToArray();
            for (var i = random.Next(1, 4); i > 0; i--)
            {
                line[random.Next(line.Length)] = (byte)random.Next(256);
            }

            line = line[random.Next(2)..random.Next(line.Length - 2, line.Length + 1)];
            if (StatementText.TryParse(line, out var statement, out _))
            {
                read++;
                Assert.True(StatementText.Body(statement).AsSpan().SequenceEqual(line), $"seed {seed}, round {round}");
            }
        }

        Assert.InRange(read, 1, 19_999);
    }

    private static Statement Framed(Statement statement) =>
        statement with { Author = Frame.Author, Seq = Frame.Seq, Previous = Frame.Previous, Issued = Frame.Issued };
}
