using System.Buffers;
using System.Text;
using FsCheck;
using FsCheck.Fluent;
using ThrottleNet.Protocol.Smtp;

namespace ThrottleNet.Protocol.Tests.Smtp;

public sealed class HeaderSectionTests
{
    [Theory]
    [InlineData("", 0, 0)]
    [InlineData("\r\nbody", 0, 0)]
    [InlineData("hello\r\n", 0, 0)]
    [InlineData("hello: world\r\n", 14, 1)]
    [InlineData("hello: world", 0, 0)]
    [InlineData("A: b\r\nC: d\r\n\r\nE: f\r\n", 12, 2)]
    [InlineData("A: b\r\n folded\r\n\ttwice\r\nC:\r\n\r\n", 27, 2)]
    [InlineData(" A: b\r\nC: d\r\n\r\n", 0, 0)]
    [InlineData("A: b\r\nno field\r\nC: d\r\n\r\n", 6, 1)]
    [InlineData("A \t: b\r\n\r\n", 8, 1)]
    [InlineData(": b\r\n\r\n", 0, 0)]
    public void The_header_section_ends_where_no_field_follows(string text, int length, int fields)
    {
        var section = Section(text);
        Assert.Equal((length, fields, false), (section.Length, section.Fields.Count, section.IsChanged));
        Assert.Equal(text[..length], Written(section));
    }

    [Fact]
    public void In_a_truncated_text_a_last_field_that_may_continue_is_left_to_the_body()
    {
        var text = "A: b\r\nC: d\r\n"u8;
        Assert.Equal(6, new HeaderSection(text, isWhole: false).Length);
        Assert.Equal(12, new HeaderSection(text, isWhole: true).Length);
    }

    [Theory]
    [InlineData("A: b\r\n\r\nx", false, true, false)]
    [InlineData("A: b\r\n\r\nx", true, true, false)]
    [InlineData("A: b\r\n", true, true, false)]
    [InlineData("A: b\r\n", false, false, true)]
    [InlineData("A: b\r\nC", false, false, true)]
    [InlineData("A: b\r\nC: d", false, false, true)]
    [InlineData("A: b\r\nC d", false, false, false)]
    [InlineData("A: b\r\nno field\r\n", true, false, false)]
    [InlineData("", false, false, true)]
    [InlineData("", true, true, false)]
    public void A_section_is_cut_where_a_further_field_may_follow_and_ended_by_an_empty_line_or_the_end(string text, bool isWhole, bool isEnded, bool isCut)
    {
        var section = new HeaderSection(Encoding.Latin1.GetBytes(text), isWhole);
        Assert.Equal((isEnded, isCut), (section.IsEnded, section.IsCut));
    }

    [Theory]
    [InlineData("A: b\r\n\r\nx", true, "A", true, false)]
    [InlineData("A: b\r\nno field\r\nC: d\r\n e\r\n\r\nF: g\r\n", false, "A,,C", false, false)]
    [InlineData("X-\u00e9: y\r\n folded\r\nC : d\r\n\r\n", true, ",C", false, false)]
    [InlineData(" A: b\r\nC: d\r\n\r\n", true, ",C", false, false)]
    [InlineData("no field\r\nC: d", true, ",C", false, false)]
    [InlineData("A: b\r\n\tc", true, "A", false, false)]
    [InlineData("no field", true, "", false, false)]
    [InlineData("no field\r\nC: d", false, "", false, true)]
    [InlineData("no field\r\nC: d\r\n", false, "", false, true)]
    [InlineData("\r\nA: b\r\n", true, null, true, false)]
    public void Fields_behind_a_malformed_line_are_found_up_to_the_empty_line_where_that_is_asked_for(string text, bool isWhole, string? names, bool isEnded, bool isCut)
    {
        var section = new HeaderSection(Encoding.Latin1.GetBytes(text), isWhole, toEmptyLine: true);
        Assert.Equal((names, isEnded, isCut), (section.Fields.Count == 0 ? null : string.Join(',', section.Fields.Select(f => f.Name)), section.IsEnded, section.IsCut));
        Assert.Equal(text[..section.Length], Written(section));
        Assert.All(section.Fields.Where(f => f.Name == "C"), f => Assert.StartsWith(" d", f.Value, StringComparison.Ordinal));
    }

    [Fact]
    public void Fields_are_removed_by_a_condition_and_the_others_keep_their_octets()
    {
        var section = Section("A: 1\r\nB:  2\r\n\tmore\r\nA: 3\r\n\r\n");
        Assert.Equal(2, section.Remove(f => f.Name == "A"));
        Assert.Equal(("B:  2\r\n\tmore\r\n", true), (Written(section), section.IsChanged));
        Assert.Equal(0, section.Remove(f => f.Name == "A"));
    }

    [Fact]
    public void Fields_are_found_by_case_insensitive_name_and_occurrence()
    {
        var section = Section("X: 1\r\nY: 2\r\nx: 3\r\n\r\n");
        Assert.True(section.Change("X", 2, "three"));
        Assert.False(section.Change("X", 3, "four"));
        Assert.False(section.Change("Z", 1, null));
        Assert.False(section.Change("X", 0, null));
        Assert.True(section.Change("y", 1, null));
        section.Insert(1, "New", "line\n more\r\nand\rmore");
        Assert.Equal("X: 1\r\nNew: line\r\n more\r\n\tand\r\n\tmore\r\nx: three\r\n", Written(section));
        Assert.Equal(" 1", section.Fields[0].Value);
    }

    [Theory]
    [InlineData("")]
    [InlineData("a b")]
    [InlineData("a:")]
    [InlineData("a\r\n")]
    [InlineData("ä")]
    public void A_malformed_field_name_is_refused(string name) => Assert.Throws<ArgumentException>(() => Section("").Add(name, "x"));

    [Fact]
    public void A_value_of_any_octets_ends_neither_the_section_nor_the_message() => Prop.ForAll(
        Gen.Elements('\r', '\n', '.', ' ', '\t', '\0', 'a', '\u2028', 'ü').ListOf().ToArbitrary(),
        characters =>
        {
            var section = Section("A: b\r\n\r\nbody");
            section.Add("New", string.Concat(characters));
            var written = Written(section) + "\r\nbody";
            return Section(written).Fields.Count == 2
                && !written.Replace("\r\n", "", StringComparison.Ordinal).AsSpan().ContainsAny('\r', '\n')
                && written.IndexOf("\r\n\r\n", StringComparison.Ordinal) == written.Length - "\r\n\r\nbody".Length
                && !written.Contains("\n.\r", StringComparison.Ordinal);
        }).QuickCheckThrowOnFailure();

    [Fact]
    public void Any_text_is_split_into_fields_and_joined_again_unchanged() => Prop.ForAll(
        Gen.Elements("\r\n", "A:", "b", " ", "\t", ":", "\u00ff", "\r", "\n").ListOf().ToArbitrary(),
        pieces =>
        {
            var text = string.Concat(pieces);
            var section = Section(text);
            var toEmptyLine = new HeaderSection(Encoding.Latin1.GetBytes(text), isWhole: true, toEmptyLine: true);
            var empty = text.StartsWith("\r\n", StringComparison.Ordinal) ? 0 : text.IndexOf("\r\n\r\n", StringComparison.Ordinal) is var at and >= 0 ? at + 2 : text.Length;
            return Written(section) == text[..section.Length] && section.Fields.All(f => f.Octets.Span.EndsWith("\r\n"u8))
                && toEmptyLine.Length == empty && Written(toEmptyLine) == text[..empty] && toEmptyLine.Fields.All(f => f.Value is not null);
        }).QuickCheckThrowOnFailure();

    [Fact]
    public void A_section_that_has_none_of_a_name_has_none_when_it_is_taken_apart() => Prop.ForAll(
        Gen.Elements("\r\n", "Name", "nAME", "Na", "A", ":", " ", "\t", "\u00ff", "\r", "\n").ListOf().ToArbitrary(),
        ArbMap.Default.ArbFor<bool>(),
        (pieces, isWhole) =>
        {
            var text = Encoding.Latin1.GetBytes(string.Concat(pieces));
            var section = new HeaderSection(text, isWhole, toEmptyLine: true);
            return HeaderSection.HasNone(text, isWhole, "Name"u8)
                ? !section.IsCut && !section.Fields.Any(f => f.Name.Equals("Name", StringComparison.OrdinalIgnoreCase))
                : section.IsCut || section.Fields.Any(f => f.Octets.Span.Length >= 4 && Ascii.EqualsIgnoreCase(f.Octets.Span[..4], "Name"u8));
        }).QuickCheckThrowOnFailure();

    private static HeaderSection Section(string text) => new(Encoding.Latin1.GetBytes(text), isWhole: true);

    private static string Written(HeaderSection section)
    {
        var output = new ArrayBufferWriter<byte>();
        section.WriteTo(output);
        return Encoding.Latin1.GetString(output.WrittenSpan);
    }
}
