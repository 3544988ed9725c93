using System.Net;
using ThrottleNet.MxNode.Dns;
using ThrottleNet.Protocol.Dns;

namespace ThrottleNet.MxNode.Tests.Dns;

public sealed class StaticZoneTests
{
    private static SoaRecord Soa => new("example.com", 3600, "ns.example.com", "hostmaster.example.com", 1, 2, 3, 4, 300);

    private static AddressRecord Address => new("mail.example.com", 60, IPAddress.Parse("192.0.2.25"));

    private static StaticZone Zone => new(
        "example.com",
        Soa,
        new MxRecord("example.com", 60, 10, "mail.example.com"),
        new MxRecord("example.com", 60, 20, "backup.example.net"),
        Address,
        new CnameRecord("www.example.com", 60, "mail.example.com"),
        new CnameRecord("out.example.com", 60, "example.net"),
        new CnameRecord("loop.example.com", 60, "loop.example.com"),
        new TxtRecord("a.b.c.example.com", 60, "deep"));

    [Fact]
    public void All_records_of_the_name_and_kind_are_the_answer()
    {
        var answer = Ask("example.com", DnsType.Mx);

        Assert.True(answer.IsAuthoritative);
        Assert.Equal(DnsResponseCode.NoError, answer.ResponseCode);
        Assert.Equal<DnsRecord>(
            [new MxRecord("example.com", 60, 10, "mail.example.com"), new MxRecord("example.com", 60, 20, "backup.example.net")],
            answer.Answers);
        Assert.Empty(answer.Authorities);
        Assert.Equal<DnsRecord>([Soa], Ask("example.com", DnsType.Soa).Answers);
        Assert.Equal(3, Ask("example.com", DnsType.Any).Answers.Length);
    }

    [Theory]
    [InlineData("nobody.example.com", DnsResponseCode.NameError)]
    [InlineData("x.mail.example.com", DnsResponseCode.NameError)]
    [InlineData("mail.example.com", DnsResponseCode.NoError)]
    [InlineData("b.c.example.com", DnsResponseCode.NoError)]
    [InlineData("c.example.com", DnsResponseCode.NoError)]
    public void An_empty_answer_carries_the_SOA_with_its_TTL(string name, DnsResponseCode code)
    {
        var answer = Ask(name, DnsType.Mx);

        Assert.True(answer.IsAuthoritative);
        Assert.Equal(code, answer.ResponseCode);
        Assert.Empty(answer.Answers);
        Assert.Equal<DnsRecord>([Soa with { Ttl = 300 }], answer.Authorities);
    }

    [Fact]
    public void Aliases_are_followed_as_far_as_the_zone_goes()
    {
        Assert.Equal<DnsRecord>([new CnameRecord("www.example.com", 60, "mail.example.com"), Address], Ask("www.example.com", DnsType.A).Answers);
        Assert.Equal<DnsRecord>([new CnameRecord("out.example.com", 60, "example.net")], Ask("out.example.com", DnsType.A).Answers);
        Assert.Single(Ask("www.example.com", DnsType.Mx).Authorities);
        Assert.Empty(Ask("out.example.com", DnsType.A).Authorities);
        Assert.True(Ask("loop.example.com", DnsType.A).Answers.Length < 20);
    }

    [Theory]
    [InlineData("example.net")]
    [InlineData("com")]
    [InlineData("")]
    [InlineData("notexample.com")]
    public void Other_zones_are_refused(string name)
    {
        var answer = Ask(name, DnsType.A);

        Assert.Equal(DnsResponseCode.Refused, answer.ResponseCode);
        Assert.False(answer.IsAuthoritative);
    }

    [Fact]
    public void Other_classes_are_refused() =>
        Assert.Equal(
            DnsResponseCode.Refused,
            Zone.Answer(new DnsMessage { Questions = [new DnsQuestion("example.com", DnsType.Mx, 3)] }).ResponseCode);

    [Fact]
    public void The_root_zone_answers_for_all_names_with_a_generated_SOA()
    {
        var zone = new StaticZone("", Address);

        Assert.Equal<DnsRecord>([Address], Ask("mail.example.com", DnsType.A, zone).Answers);
        Assert.Equal(DnsResponseCode.NoError, Ask("com", DnsType.A, zone).ResponseCode);
        Assert.Equal("", Assert.IsType<SoaRecord>(Assert.Single(Ask("net", DnsType.A, zone).Authorities)).Name);
    }

    [Fact]
    public void A_record_outside_the_zone_is_a_mistake() =>
        Assert.Throws<ArgumentException>(() => new StaticZone("example.com", new TxtRecord("example.net", 1, "x")));

    private static DnsMessage Ask(string name, DnsType type, StaticZone? zone = null)
    {
        var query = new DnsMessage { Id = 7, Questions = [new DnsQuestion(name, type)] };
        var answer = (zone ?? Zone).Answer(query);
        Assert.Equal(query.Id, answer.Id);
        Assert.True(answer.IsResponse);
        Assert.Equal<DnsQuestion>(query.Questions, answer.Questions);
        return answer;
    }
}
