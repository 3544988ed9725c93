using ThrottleNet.Protocol.Dns;

namespace ThrottleNet.Protocol.Tests.Dns;

public sealed class QuestionCaseTests
{
    [Fact]
    public void The_random_bits_change_the_case_of_letters_only()
    {
        var plain = Query("a-1.bc\\.d.example");
        var all = (byte[])plain.Clone();
        QuestionCase.Mix(all, Enumerable.Repeat((byte)1, DnsName.MaxWireLength).ToArray());
        Assert.Equal("\u0003A-1\u0004BC.D\u0007EXAMPLE\0", System.Text.Encoding.Latin1.GetString(all[12..^4]));
        Assert.Equal(plain[..12], all[..12]);
        Assert.Equal(plain[^4..], all[^4..]);
        Assert.False(QuestionCase.IsSame(plain, all));
        Assert.True(DnsMessage.TryParse(all, out var parsed));
        Assert.Equal("a-1.bc\\.d.example", parsed!.Questions[0].Name);

        var none = (byte[])plain.Clone();
        QuestionCase.Mix(none, Enumerable.Repeat((byte)254, DnsName.MaxWireLength).ToArray());
        Assert.Equal(plain, none);
        Assert.True(QuestionCase.IsSame(plain, none));
    }

    [Fact]
    public void The_longest_name_and_the_root_are_mixed_within_bounds()
    {
        var longest = string.Join('.', Enumerable.Repeat(new string('x', 63), 3).Append(new string('x', 61)));
        foreach (var name in new[] { longest, "" })
        {
            var query = Query(name);
            QuestionCase.Mix(query, Enumerable.Repeat((byte)1, DnsName.MaxWireLength).ToArray());
            Assert.True(DnsMessage.TryParse(query, out var parsed));
            Assert.Equal(name, parsed!.Questions[0].Name);
        }
    }

    [Fact]
    public void An_answer_of_any_length_is_compared_without_reading_past_its_end()
    {
        var query = Query("example.com");
        for (var length = 0; length < query.Length - 5; length++)
        {
            Assert.False(QuestionCase.IsSame(query, query.AsSpan(0, length)));
        }

        Assert.True(QuestionCase.IsSame(query, query.AsSpan(0, query.Length - 4)));
    }

    private static byte[] Query(string name)
    {
        var buffer = new byte[512];
        return buffer[..new DnsMessage { Id = 7, Questions = [new DnsQuestion(name, DnsType.A)] }.Write(buffer)];
    }
}
