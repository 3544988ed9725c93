using System.Net;
using ThrottleNet.MxNode.Dns;
using ThrottleNet.Protocol.Dns;

namespace ThrottleNet.MxNode.Tests.Dns;

public sealed class AliasTests
{
    private static AddressRecord Address => new("end.example", 300, IPAddress.Parse("192.0.2.1"));

    [Theory]
    [InlineData(1, true)]
    [InlineData(8, true)]
    [InlineData(9, false)]
    public async Task Eight_aliases_are_followed_in_one_message_or_in_many(int aliases, bool found)
    {
        DnsRecord[] records = [.. Chain(aliases), Address];
        await using var whole = new DnsTestServer(query => query.Reply(DnsResponseCode.NoError) with { Answers = [.. records] });
        await using var single = OneAtATime(records);
        foreach (var server in new[] { whole, single })
        {
            await using var resolver = new ResolverFixture(server.Address);

            var answer = await resolver.AskAsync("a0.example", DnsType.A);

            Assert.Equal(found ? DnsStatus.Success : DnsStatus.Failure, answer.Status);
            Assert.Equal<DnsRecord>(found ? [Address] : [], answer.Records);
        }

        Assert.Single(whole.Asked);
        Assert.Equal(Math.Min(aliases, 8) + 1, single.Asked.Count);
    }

    [Fact]
    public async Task A_loop_is_a_failure()
    {
        DnsRecord[] records = [new CnameRecord("a.example", 300, "b.example"), new CnameRecord("b.example", 300, "a.example")];
        await using var whole = new DnsTestServer(query => query.Reply(DnsResponseCode.NoError) with { Answers = [.. records] });
        await using var single = OneAtATime(records);
        foreach (var server in new[] { whole, single })
        {
            await using var resolver = new ResolverFixture(server.Address);
            Assert.Equal(DnsAnswer.Failure, await resolver.AskAsync("a.example", DnsType.A));
        }
    }

    [Theory]
    [InlineData(DnsResponseCode.NameError)]
    [InlineData(DnsResponseCode.NoError)]
    public async Task An_alias_chain_without_a_final_record_gives_an_empty_answer(DnsResponseCode code)
    {
        await using var server = new DnsTestServer(query => query.Reply(code) with
        {
            Answers = [new CnameRecord("a.example", 300, "b.example")],
            Authorities = [new SoaRecord("example", 300, "ns.example", "hostmaster.example", 1, 2, 3, 4, 60)],
        });
        await using var resolver = new ResolverFixture(server.Address);

        Assert.Equal(
            code == DnsResponseCode.NameError ? DnsAnswer.NameError : DnsAnswer.NoData,
            await resolver.AskAsync("a.example", DnsType.A));
        Assert.Single(server.Asked);
    }

    [Fact]
    public async Task The_alias_itself_can_be_asked_for()
    {
        await using var server = DnsTestServer.With(new CnameRecord("a.example", 300, "b.example"), new CnameRecord("b.example", 300, "c.example"));
        await using var resolver = new ResolverFixture(server.Address);

        Assert.Equal<DnsRecord>([new CnameRecord("a.example", 300, "b.example")], (await resolver.AskAsync("a.example", DnsType.Cname)).Records);
    }

    [Fact]
    public async Task Records_of_other_names_and_classes_are_not_taken()
    {
        await using var server = new DnsTestServer(query => query.Reply(DnsResponseCode.NoError) with
        {
            Answers = [Address, new UnknownRecord("a.example", DnsType.A, 3, 300, [192, 0, 2, 9])],
        });
        await using var resolver = new ResolverFixture(server.Address);

        Assert.Equal(DnsAnswer.NoData, await resolver.AskAsync("a.example", DnsType.A));
    }

    private static IEnumerable<CnameRecord> Chain(int aliases) =>
        Enumerable.Range(0, aliases).Select(i => new CnameRecord($"a{i}.example", 300, i == aliases - 1 ? "end.example" : $"a{i + 1}.example"));

    private static DnsTestServer OneAtATime(DnsRecord[] records) =>
        new(query => query.Reply(DnsResponseCode.NoError) with
        {
            Answers = [.. records.Where(record => record.Name == query.Questions[0].Name)],
        });
}
