using System.Buffers;
using System.Text;
using FsCheck;
using FsCheck.Fluent;
using ThrottleNet.Protocol.Milter;

namespace ThrottleNet.Protocol.Tests.Milter;

public sealed class HeaderSectionTests
{
    private const string Three = "A: 1\r\nB: 2\r\n\tfolded\r\nA : 3\r\n\r\n";

    [Theory]
    [InlineData(Three + "body\r\n", 3, Three, true)]
    [InlineData("A: 1\r\n", 1, "A: 1\r\n", false)]
    [InlineData("A: 1\r\nno header\r\nB: 2\r\n", 1, "A: 1\r\n", false)]
    [InlineData("\r\nbody\r\n", 0, "\r\n", true)]
    [InlineData(" folded first\r\nA: 1\r\n", 0, "", false)]
    [InlineData("no header\r\n", 0, "", false)]
    [InlineData(": no name\r\n", 0, "", false)]
    [InlineData("two words: x\r\n", 0, "", false)]
    [InlineData("", 0, "", false)]
    public void It_ends_at_the_empty_line_or_where_a_line_is_no_header(string text, int fields, string section, bool separated)
    {
        var headers = Read(text, out var length);
        Assert.Equal((fields, section.Length, separated), (headers.Fields.Count(), length, headers.HasSeparator));
        Assert.Equal(section, Write(headers));
        Assert.False(headers.IsChanged);
    }

    [Fact]
    public void It_wants_more_until_its_end_is_there()
    {
        var octets = Encoding.UTF8.GetBytes(Three);
        Assert.All(Enumerable.Range(0, octets.Length), cut => Assert.Null(HeaderSection.Read(octets.AsMemory(0, cut), isAll: false, out _)));
        Assert.NotNull(HeaderSection.Read(octets, isAll: false, out _));
    }

    [Fact]
    public void Names_and_values_are_as_filters_want_them()
    {
        var fields = Read(Three, out _).Fields.ToList();
        Assert.Equal(["A", "B", "A"], fields.ConvertAll(f => f.Name));
        Assert.Equal([" 1", " 2\n\tfolded", " 3"], fields.ConvertAll(f => Encoding.UTF8.GetString(f.Value())));
    }

    public static TheoryData<MilterChange, string> Changes { get; } = new()
    {
        { new MilterChange.AddHeader("X", "y"u8.ToArray()), "T: t\r\nA: 1\r\nB: 2\r\n\tfolded\r\nA : 3\r\nX: y\r\n\r\n" },
        { new MilterChange.InsertHeader(0, "X", "y"u8.ToArray()), "X: y\r\nT: t\r\nA: 1\r\nB: 2\r\n\tfolded\r\nA : 3\r\n\r\n" },
        { new MilterChange.InsertHeader(1, "X", "y"u8.ToArray()), "T: t\r\nX: y\r\nA: 1\r\nB: 2\r\n\tfolded\r\nA : 3\r\n\r\n" },
        { new MilterChange.InsertHeader(99, "X", "y"u8.ToArray()), "T: t\r\nA: 1\r\nB: 2\r\n\tfolded\r\nA : 3\r\nX: y\r\n\r\n" },
        { new MilterChange.ChangeHeader(2, "a", "y"u8.ToArray()), "T: t\r\nA: 1\r\nB: 2\r\n\tfolded\r\na: y\r\n\r\n" },
        { new MilterChange.ChangeHeader(3, "A", "y"u8.ToArray()), "T: t\r\nA: 1\r\nB: 2\r\n\tfolded\r\nA : 3\r\nA: y\r\n\r\n" },
        { new MilterChange.ChangeHeader(1, "B", []), "T: t\r\nA: 1\r\nA : 3\r\n\r\n" },
        { new MilterChange.ChangeHeader(2, "B", []), "T: t\r\nA: 1\r\nB: 2\r\n\tfolded\r\nA : 3\r\n\r\n" },
        { new MilterChange.ChangeHeader(1, "T", []), "T: t\r\nA: 1\r\nB: 2\r\n\tfolded\r\nA : 3\r\n\r\n" },
        { new MilterChange.DeleteRecipient("<a>"), "T: t\r\nA: 1\r\nB: 2\r\n\tfolded\r\nA : 3\r\n\r\n" },
    };

    [Theory]
    [MemberData(nameof(Changes))]
    public void A_change_is_applied_and_the_rest_stays(MilterChange change, string expected)
    {
        var headers = Read(Three, out _);
        headers.AddTrace(HeaderField.Make("T", "t"u8, addBlank: true));
        headers.Apply(change, addBlank: true);
        Assert.Equal(expected, Write(headers));
    }

    [Theory]
    [InlineData("plain", "X: plain\r\n")]
    [InlineData("", "X: \r\n")]
    [InlineData("a\n b", "X: a\r\n b\r\n")]
    [InlineData("a\r\n\tb", "X: a\r\n\tb\r\n")]
    [InlineData("a\nEvil: b", "X: a\r\n\tEvil: b\r\n")]
    [InlineData("a\n\nbody", "X: a\r\n\tbody\r\n")]
    [InlineData("a\r\n\r\nbody", "X: a\r\n\tbody\r\n")]
    [InlineData("a\rb", "X: a\r\n\tb\r\n")]
    [InlineData("a\n \n b\n", "X: a\r\n b\r\n")]
    public void A_value_stays_within_its_header(string value, string expected) =>
        Assert.Equal(expected, Encoding.UTF8.GetString(HeaderField.Make("X", Encoding.UTF8.GetBytes(value), addBlank: true).Raw.Span));

    [Fact]
    public void Whatever_a_value_is_it_is_one_header()
    {
        var value = Gen.Elements("a", ":", " ", "\t", "\r", "\n", "\r\n", "B: x").ListOf().Select(parts => Encoding.UTF8.GetBytes(string.Concat(parts)));
        Prop.ForAll(value.ToArbitrary(), ArbMap.Default.ArbFor<bool>(), (octets, blank) =>
        {
            var headers = Read("A: 1\r\n\r\n", out _);
            headers.Apply(new MilterChange.InsertHeader(0, "X", octets), blank);
            var again = Read(Write(headers) + "body\r\n", out _);
            Assert.Equal(["X", "A"], again.Fields.Select(f => f.Name));
            Assert.True(again.HasSeparator);
        }).Check(Config.QuickThrowOnFailure.WithMaxTest(1000));
    }

    [Fact]
    public void What_is_read_is_written_again()
    {
        var line = Gen.Elements("A: 1\r\n", "B:\r\n", " folded\r\n", "\tx\r\n", "\r\n", "no header\r\n", "C : 2\r\n", ":\r\n");
        Prop.ForAll(line.ListOf().Select(lines => string.Concat(lines)).ToArbitrary(), text =>
        {
            var headers = Read(text, out var length);
            Assert.Equal(text[..length], Write(headers));
        }).Check(Config.QuickThrowOnFailure.WithMaxTest(1000));
    }

    private static HeaderSection Read(string text, out int length) => HeaderSection.Read(Encoding.UTF8.GetBytes(text), isAll: true, out length)!;

    private static string Write(HeaderSection headers)
    {
        var output = new ArrayBufferWriter<byte>();
        headers.WriteTo(output);
        return Encoding.UTF8.GetString(output.WrittenSpan);
    }
}
