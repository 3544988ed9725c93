using System.Net;
using Microsoft.Extensions.Logging;
using ThrottleNet.MxNode.Dns;
using ThrottleNet.Protocol.Dns;

namespace ThrottleNet.MxNode.Tests.Dns;

/// <summary>The AD bit: which answers count as proved by DNSSEC (RFC 4035, section 3.2.3; RFC 6840, section 5.7).</summary>
public sealed class SecureAnswerTests
{
    private static readonly AddressRecord Address = new("mail.example.com", 300, IPAddress.Parse("192.0.2.1"));

    [Theory]
    [InlineData(true, true, true)]
    [InlineData(true, false, false)]
    [InlineData(false, true, false)]
    [InlineData(false, false, false)]
    public async Task An_answer_is_secure_if_the_server_says_so_and_its_word_is_taken(bool trustsAd, bool says, bool secure)
    {
        await using var server = Server(says, Address);
        await using var resolver = new ResolverFixture(new DnsOptions { Servers = [server.Address], TrustAd = trustsAd });

        Assert.Equal(secure, (await resolver.AskAsync("mail.example.com", DnsType.A)).IsSecure);
        Assert.Equal(secure, (await resolver.AskAsync("mail.example.com", DnsType.A)).IsSecure); // from the cache
        Assert.Equal(secure, (await resolver.AskAsync("mail.example.com", DnsType.Aaaa)).IsSecure);
        Assert.Equal(secure, (await resolver.AskAsync("nobody.example.com", DnsType.A)).IsSecure);
        Assert.All(server.Asked, query => Assert.Equal(trustsAd, query.IsAuthentic));
    }

    [Theory]
    [InlineData(true, true, true)]
    [InlineData(true, false, false)]
    [InlineData(false, true, false)]
    public async Task A_chain_of_aliases_is_secure_only_if_each_of_its_messages_is(bool alias, bool target, bool secure)
    {
        await using var server = new DnsTestServer(query => query.Questions[0].Name == "www.example.com"
            ? query.Reply(DnsResponseCode.NoError) with { Answers = [new CnameRecord("www.example.com", 300, "mail.example.com")], IsAuthentic = alias }
            : query.Reply(DnsResponseCode.NoError) with { Answers = [Address], IsAuthentic = target });
        await using var resolver = new ResolverFixture(new DnsOptions { Servers = [server.Address], TrustAd = true });

        var answer = await resolver.AskAsync("www.example.com", DnsType.A);

        Assert.Equal<DnsRecord>([Address], answer.Records);
        Assert.Equal(secure, answer.IsSecure);
    }

    [Theory]
    [InlineData("127.0.0.1", false)]
    [InlineData("10.1.2.3", false)]
    [InlineData("[fd00::53]", false)]
    [InlineData("8.8.8.8", true)]
    [InlineData("[2606:4700:4700::1111]:53", true)]
    public async Task To_take_the_word_of_a_server_in_the_public_internet_is_warned_of(string server, bool warns)
    {
        var log = new CapturedLog();
        using var loggers = LoggerFactory.Create(logging => logging.AddProvider(log));
        await using var resolver = new DnsResolver(new DnsOptions { Servers = [server], TrustAd = true }, TimeProvider.System, loggers.CreateLogger<DnsResolver>());

        Assert.Equal(warns ? 1 : 0, log.Lines.Count(line => line is { Level: LogLevel.Warning, Event: 8 }));
    }

    private static DnsTestServer Server(bool says, params DnsRecord[] records)
    {
        var zone = new StaticZone("", records);
        return new DnsTestServer(query => zone.Answer(query) with { IsAuthentic = says });
    }
}
