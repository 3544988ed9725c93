using System.Net;
using ThrottleNet.Protocol.Dns;
using ThrottleNet.Protocol.Spf;

namespace ThrottleNet.Protocol.Tests.Spf;

/// <summary>SPF (RFC 7208). The zone is that of the RFC's examples where it has some.</summary>
public sealed class SpfCheckTests
{
    private static readonly DnsRecord[] Zone =
    [
        new MxRecord("example.com", 60, 10, "mail-a.example.com"),
        new MxRecord("example.com", 60, 20, "mail-b.example.com"),
        new AddressRecord("example.com", 60, IPAddress.Parse("192.0.2.10")),
        new AddressRecord("example.com", 60, IPAddress.Parse("192.0.2.11")),
        new AddressRecord("mail-a.example.com", 60, IPAddress.Parse("192.0.2.129")),
        new AddressRecord("mail-b.example.com", 60, IPAddress.Parse("192.0.2.130")),
        new AddressRecord("amy.example.com", 60, IPAddress.Parse("192.0.2.65")),
        new PtrRecord("65.2.0.192.in-addr.arpa", 60, "amy.example.com"),
        new PtrRecord("140.2.0.192.in-addr.arpa", 60, "amy.example.com"),
        new MxRecord("example.org", 60, 10, "mail-b.example.com"),
        new AddressRecord("v6.example.com", 60, IPAddress.Parse("2001:db8::5")),
        new TxtRecord("include.test", 60, "v=spf1 ip4:192.0.2.7 -all"),
        new TxtRecord("soft.test", 60, "v=spf1 ~all"),
        new TxtRecord("broken.test", 60, "v=spf1 ip4:nonsense"),
        new TxtRecord("two.test", 60, "v=spf1 -all"),
        new TxtRecord("two.test", 60, "v=spf1 +all"),
        new TxtRecord("loop.test", 60, "v=spf1 include:loop.test -all"),
        new TxtRecord("self.test", 60, "v=spf1 redirect=self.test"),
        new AddressRecord("7.2.0.192.strong.lists.test", 60, IPAddress.Loopback),
    ];

    [Theory]
    [InlineData("v=spf1 +all", "192.0.2.129", SpfResult.Pass)]
    [InlineData("v=spf1 -all", "192.0.2.129", SpfResult.Fail)]
    [InlineData("v=spf1 ~all", "192.0.2.129", SpfResult.SoftFail)]
    [InlineData("v=spf1 ?all", "192.0.2.129", SpfResult.Neutral)]
    [InlineData("v=spf1", "192.0.2.129", SpfResult.Neutral)]
    [InlineData("V=SPF1 A -ALL", "192.0.2.10", SpfResult.Pass)]
    [InlineData("v=spf1 a -all", "192.0.2.12", SpfResult.Fail)]
    [InlineData("v=spf1 a:example.org -all", "192.0.2.10", SpfResult.Fail)]
    [InlineData("v=spf1 mx -all", "192.0.2.129", SpfResult.Pass)]
    [InlineData("v=spf1 mx:example.org -all", "192.0.2.130", SpfResult.Pass)]
    [InlineData("v=spf1 mx/30 mx:example.org/30 -all", "192.0.2.131", SpfResult.Pass)]
    [InlineData("v=spf1 a:amy.example.com/24 -all", "192.0.2.1", SpfResult.Pass)]
    [InlineData("v=spf1 a:v6.example.com//64 -all", "2001:db8::77", SpfResult.Pass)]
    [InlineData("v=spf1 a:v6.example.com/24//64 -all", "2001:db8:0:1::77", SpfResult.Fail)]
    [InlineData("v=spf1 ptr -all", "192.0.2.65", SpfResult.Pass)]
    [InlineData("v=spf1 ptr -all", "192.0.2.140", SpfResult.Fail)]
    [InlineData("v=spf1 ip4:192.0.2.128/28 -all", "192.0.2.129", SpfResult.Pass)]
    [InlineData("v=spf1 ip4:192.0.2.128/28 -all", "::ffff:192.0.2.129", SpfResult.Pass)]
    [InlineData("v=spf1 ip6:2001:db8::/32 -all", "2001:db8::1", SpfResult.Pass)]
    [InlineData("v=spf1 ip6:2001:db8::/32 -all", "192.0.2.1", SpfResult.Fail)]
    [InlineData("v=spf1 include:include.test -all", "192.0.2.7", SpfResult.Pass)]
    [InlineData("v=spf1 include:include.test ?all", "192.0.2.8", SpfResult.Neutral)]
    [InlineData("v=spf1 include:soft.test -all", "192.0.2.8", SpfResult.Fail)]
    [InlineData("v=spf1 include:none.test -all", "192.0.2.8", SpfResult.PermError)]
    [InlineData("v=spf1 include:broken.test -all", "192.0.2.8", SpfResult.PermError)]
    [InlineData("v=spf1 redirect=include.test", "192.0.2.7", SpfResult.Pass)]
    [InlineData("v=spf1 redirect=include.test ?all", "192.0.2.7", SpfResult.Neutral)]
    [InlineData("v=spf1 redirect=none.test", "192.0.2.7", SpfResult.PermError)]
    [InlineData("v=spf1 exists:%{ir}.%{l1r+-}.lists.test -all", "192.0.2.7", SpfResult.Pass)]
    [InlineData("v=spf1 exists:%{ir}.%{l1r+-}.lists.test -all", "192.0.2.8", SpfResult.Fail)]
    [InlineData("v=spf1 unknown=ignored a -all", "192.0.2.10", SpfResult.Pass)]
    [InlineData("v=spf1 unknown -all", "192.0.2.10", SpfResult.PermError)]
    [InlineData("v=spf1 a ip4:192.0.2.0/33", "192.0.2.10", SpfResult.PermError)]
    [InlineData("v=spf1 ip4:192.0.2", "192.0.2.10", SpfResult.PermError)]
    [InlineData("v=spf1 a: -all", "192.0.2.10", SpfResult.PermError)]
    [InlineData("v=spf1 exists:%{z} -all", "192.0.2.10", SpfResult.PermError)]
    [InlineData("v=spf1 exists:%{d -all", "192.0.2.10", SpfResult.PermError)]
    [InlineData("v=spf1 redirect=a.test redirect=b.test", "192.0.2.10", SpfResult.PermError)]
    [InlineData("v=spf10 +all", "192.0.2.10", SpfResult.None)]
    [InlineData("v=spf1 include:loop.test -all", "192.0.2.10", SpfResult.PermError)]
    [InlineData("v=spf1 redirect=self.test", "192.0.2.10", SpfResult.PermError)]
    [InlineData("v=spf1 exists:v1.test exists:v2.test exists:v3.test +all", "192.0.2.10", SpfResult.PermError)]
    [InlineData("v=spf1 a a a a a a a a a a a +all", "192.0.2.200", SpfResult.PermError)]
    [InlineData("v=spf1 a:\u00e4.test -all", "192.0.2.10", SpfResult.PermError)]
    public async Task A_record_judges_a_client(string record, string client, SpfResult expected) =>
        Assert.Equal(expected, await CheckAsync(client, "strong-bad@example.com", [.. Zone, new TxtRecord("example.com", 60, record)]));

    [Fact]
    public async Task Without_a_record_there_is_no_result_and_with_two_an_error()
    {
        Assert.Equal(SpfResult.None, await CheckAsync("192.0.2.7", "a@example.net", Zone));
        Assert.Equal(SpfResult.None, await CheckAsync("192.0.2.7", "a@[192.0.2.7]", Zone));
        Assert.Equal(SpfResult.PermError, await CheckAsync("192.0.2.7", "a@two.test", Zone));
    }

    [Theory]
    [InlineData(DnsType.Txt)]
    [InlineData(DnsType.A)]
    public async Task A_silent_DNS_is_a_temporary_error(DnsType silent) => Assert.Equal(
        SpfResult.TempError,
        await new SpfCheck(IPAddress.Parse("192.0.2.9"), "a", "example.com", "x", (name, type, _) => ValueTask.FromResult<IReadOnlyList<DnsRecord>?>(
            type == silent ? null : [new TxtRecord(name, 60, "v=spf1 a -all")])).RunAsync(default));

    // The examples of RFC 7208, section 7.4.
    [Theory]
    [InlineData("%{s}", "strong-bad@email.example.com")]
    [InlineData("%{o}", "email.example.com")]
    [InlineData("%{d}", "email.example.com")]
    [InlineData("%{d4}", "email.example.com")]
    [InlineData("%{d3}", "email.example.com")]
    [InlineData("%{d2}", "example.com")]
    [InlineData("%{d1}", "com")]
    [InlineData("%{dr}", "com.example.email")]
    [InlineData("%{d2r}", "example.email")]
    [InlineData("%{l}", "strong-bad")]
    [InlineData("%{l-}", "strong.bad")]
    [InlineData("%{lr}", "strong-bad")]
    [InlineData("%{lr-}", "bad.strong")]
    [InlineData("%{l1r-}", "strong")]
    [InlineData("%{ir}.%{v}._spf.%{d2}", "3.2.0.192.in-addr._spf.example.com")]
    [InlineData("%{lr-}.lp._spf.%{d2}", "bad.strong.lp._spf.example.com")]
    [InlineData("%{lr-}.lp.%{ir}.%{v}._spf.%{d2}", "bad.strong.lp.3.2.0.192.in-addr._spf.example.com")]
    [InlineData("%{d2}.trusted-domains.example.net", "example.com.trusted-domains.example.net")]
    [InlineData("a%%b%_c%-d", "a%b c%20d")]
    public void Macros_expand_as_in_the_standard(string spec, string expected) =>
        Assert.Equal(expected, new SpfMacro(IPAddress.Parse("192.0.2.3"), "strong-bad", "email.example.com", "h").Expand(spec, "email.example.com"));

    [Fact]
    public void An_IPv6_address_is_written_nibble_by_nibble() => Assert.Equal(
        "1.0.b.c.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.8.b.d.0.1.0.0.2.ip6._spf.example.com",
        new SpfMacro(IPAddress.Parse("2001:db8::cb01"), "a", "example.com", "h").Expand("%{ir}.%{v}._spf.%{d2}", "example.com"));

    [Fact]
    public async Task Random_records_end_in_bounded_look_ups()
    {
        string[] words = ["a", "mx", "ptr", "all", "-all", "include:example.com", "redirect=example.com", "exists:%{i}.x", "ip4:1.2.3.4/8", "a/33", "%", "a:%{d2r.}", "mx:..", "=", "include:", "~", "exp=%{x}", "a//", "ip6:::/0"];
        var random = new Random(7);
        for (var i = 0; i < 3000; i++)
        {
            var record = "v=spf1 " + string.Join(' ', Enumerable.Range(0, random.Next(8)).Select(_ => words[random.Next(words.Length)]));
            var questions = 0;
            await new SpfCheck(IPAddress.Parse("192.0.2.9"), "a", "example.com", "x", (name, type, _) =>
            {
                questions++;
                return ValueTask.FromResult<IReadOnlyList<DnsRecord>?>(type == DnsType.Txt ? [new TxtRecord(name, 60, record)] : []);
            }).RunAsync(default);
            Assert.InRange(questions, 1, 150);
        }
    }

    private static ValueTask<SpfResult> CheckAsync(string client, string sender, DnsRecord[] zone) => new SpfCheck(
        IPAddress.Parse(client), sender.Split('@')[0], sender.Split('@')[1], "mail.example.com",
        (name, type, _) => ValueTask.FromResult<IReadOnlyList<DnsRecord>?>([.. zone.Where(r => r.Name == name && r.Type == type)])).RunAsync(default);
}
