using System.Buffers;
using System.Text;
using FsCheck;
using FsCheck.Fluent;
using ThrottleNet.Protocol.Milter;
using ThrottleNet.Protocol.Smtp;

namespace ThrottleNet.Protocol.Tests.Milter;

public sealed class MilterHeadersTests
{
    private const string Three = "A: 1\r\nB:\t2\r\n\tfolded\r\nA :3\r\n";

    [Fact]
    public void Header_values_are_sent_with_LF_and_without_the_last_line_end() =>
        Assert.Equal([" 1", "\t2\n\tfolded", "3"], Read(Three).Fields.Select(f => Encoding.UTF8.GetString(MilterHeaders.Value(f))));

    public static TheoryData<MilterChange, string> Changes { get; } = new()
    {
        { new MilterChange.AddHeader("X", "y"), Three + "X: y\r\n" },
        { new MilterChange.AddHeader("X", "y\n\tz"), Three + "X: y\r\n\tz\r\n" },
        { new MilterChange.InsertHeader(0, "X", "y"), "X: y\r\n" + Three },
        { new MilterChange.InsertHeader(1, "X", "y"), "X: y\r\n" + Three },
        { new MilterChange.InsertHeader(2, "X", "y"), "A: 1\r\nX: y\r\nB:\t2\r\n\tfolded\r\nA :3\r\n" },
        { new MilterChange.InsertHeader(int.MaxValue, "X", "y"), Three + "X: y\r\n" },
        { new MilterChange.ChangeHeader(2, "a", "y"), "A: 1\r\nB:\t2\r\n\tfolded\r\nA: y\r\n" },
        { new MilterChange.ChangeHeader(3, "A", "y"), Three + "A: y\r\n" },
        { new MilterChange.ChangeHeader(1, "B", ""), "A: 1\r\nA :3\r\n" },
        { new MilterChange.ChangeHeader(2, "B", ""), Three },
    };

    [Theory]
    [MemberData(nameof(Changes))]
    public void A_header_change_leaves_the_other_fields_as_they_are(MilterChange change, string expected)
    {
        var header = Read(Three);
        Assert.True(MilterHeaders.Apply(header, change));
        Assert.Equal(expected, Write(header));
    }

    [Fact]
    public void A_change_of_the_envelope_changes_no_header_field()
    {
        var header = Read(Three);
        Assert.False(MilterHeaders.Apply(header, new MilterChange.DeleteRecipient("<a>")));
        Assert.False(header.IsChanged);
    }

    [Fact]
    public void A_changed_value_cannot_start_another_field()
    {
        var value = Gen.Elements("a", ":", " ", "\t", "\r", "\n", "\r\n", "B: x", "\u0001", "ä").ListOf().Select(parts => string.Concat(parts));
        Prop.ForAll(value.ToArbitrary(), text =>
        {
            var header = Read("A: 1\r\n");
            MilterHeaders.Apply(header, new MilterChange.InsertHeader(0, "X", text));
            Assert.Equal(["X", "A"], new HeaderSection(Encoding.UTF8.GetBytes(Write(header) + "\r\nbody\r\n"), isWhole: true).Fields.Select(f => f.Name));
        }).Check(Config.QuickThrowOnFailure.WithMaxTest(1000));
    }

    private static HeaderSection Read(string text) => new(Encoding.UTF8.GetBytes(text), isWhole: true);

    private static string Write(HeaderSection header)
    {
        var output = new ArrayBufferWriter<byte>();
        header.WriteTo(output);
        return Encoding.UTF8.GetString(output.WrittenSpan);
    }
}
