using System.Security.Cryptography;
using ThrottleNet.MxNode.Dns;
using ThrottleNet.MxNode.TlsPolicy;
using ThrottleNet.Protocol.Dns;

namespace ThrottleNet.MxNode.Tests.TlsPolicy;

/// <summary>Which TLSA records count for a mail server (RFC 7672, section 2.2).</summary>
public sealed class DaneLookupTests
{
    private const string Host = "mail.example.com", Records = "_25._tcp.mail.example.com";

    private readonly FakeTimeProvider _time = new();
    private readonly FakeDns _dns = new() { IsSigned = _ => true };

    public DaneLookupTests() => _dns.Host(Host, "192.0.2.1");

    [Fact]
    public async Task Records_of_a_signed_zone_count()
    {
        _dns.With(Tlsa(Records));
        var answer = await FindAsync();
        Assert.Equal((DaneStatus.Usable, Host), (answer.Status, answer.BaseDomain));
        Assert.Equal(Tlsa(Records), Assert.Single(answer.Records));
        Assert.Equal(DaneStatus.None, (await FindAsync(port: 26)).Status);
    }

    [Fact]
    public async Task Without_the_word_of_a_resolver_that_validates_nothing_is_asked()
    {
        _dns.With(Tlsa(Records));
        Assert.Equal(DaneStatus.None, (await FindAsync(trustAd: false)).Status);
        Assert.Empty(_dns.Questions);
    }

    [Theory]
    [InlineData(Host)]
    [InlineData(Records)]
    public async Task Where_addresses_or_records_are_not_secure_none_count(string insecure)
    {
        _dns.With(Tlsa(Records));
        _dns.IsSigned = name => name != insecure;
        Assert.Equal(DaneStatus.None, (await FindAsync()).Status);
    }

    [Fact]
    public async Task In_an_unsigned_zone_a_failing_or_silent_name_server_of_the_records_harms_nothing()
    {
        _dns.IsSigned = _ => false;
        _dns.Fails(Records, DnsType.Tlsa);
        Assert.Equal(DaneStatus.None, (await FindAsync()).Status);

        var silent = new SilentFor(_dns, Records);
        Assert.Equal(DaneStatus.None, (await new DaneLookup(silent, new DnsOptions { TrustAd = true }, _time).FindAsync(Host, 25, default).AsTask().WaitAsync(Eventually.Patience)).Status);
    }

    [Fact]
    public async Task In_a_signed_zone_a_failure_means_that_the_server_may_not_be_used()
    {
        _dns.Fails(Records, DnsType.Tlsa);
        Assert.Equal(DaneStatus.Failure, (await FindAsync()).Status);
    }

    [Fact]
    public async Task Without_records_or_addresses_there_is_no_demand()
    {
        Assert.Equal(DaneStatus.None, (await FindAsync()).Status);
        Assert.Equal(DaneStatus.None, (await FindAsync("nobody.example.com")).Status);
        Assert.Equal(DaneStatus.None, (await FindAsync("[192.0.2.1]")).Status);
    }

    [Theory]
    [InlineData(DnsType.A, DnsType.Aaaa)]
    [InlineData(DnsType.A)]
    [InlineData(DnsType.Aaaa)]
    public async Task Where_the_addresses_cannot_be_looked_up_the_server_may_not_be_used(params DnsType[] failing)
    {
        foreach (var type in failing)
        {
            _dns.Fails("broken.example.com", type);
        }

        Assert.Equal(DaneStatus.Failure, (await FindAsync("broken.example.com")).Status);

        // One family is enough.
        _dns.Fails(Host, DnsType.Aaaa).With(Tlsa(Records));
        Assert.Equal(DaneStatus.Usable, (await FindAsync()).Status);
    }

    [Fact]
    public async Task Where_it_cannot_be_looked_up_whether_an_alias_is_secure_the_server_may_not_be_used()
    {
        _dns.Alias("mx.example.com", "real.example.net", "192.0.2.2").With(Tlsa("_25._tcp.mx.example.com")).Fails("mx.example.com", DnsType.Cname);
        _dns.IsSigned = name => !name.EndsWith("example.net", StringComparison.Ordinal);
        Assert.Equal(DaneStatus.Failure, (await FindAsync("mx.example.com")).Status);
    }

    [Fact]
    public async Task Records_of_which_none_is_usable_demand_encryption()
    {
        _dns.With(Tlsa(Records) with { Usage = TlsaUsage.PkixEe });
        Assert.Equal(DaneStatus.Unusable, (await FindAsync()).Status);
    }

    [Fact]
    public async Task A_record_that_cannot_be_read_is_unusable()
    {
        _dns.With(new UnknownRecord(Records, DnsType.Tlsa, 1, 60, [3]));
        Assert.Equal(DaneStatus.Unusable, (await FindAsync()).Status);
    }

    [Fact]
    public async Task The_records_of_an_aliass_target_come_before_those_of_the_alias()
    {
        _dns.Alias("mx.example.com", "real.example.net", "192.0.2.2").With(Tlsa("_25._tcp.mx.example.com"));
        Assert.Equal("mx.example.com", (await FindAsync("mx.example.com")).BaseDomain);
        _dns.With(Tlsa("_25._tcp.real.example.net"));
        Assert.Equal("real.example.net", (await FindAsync("mx.example.com")).BaseDomain);
        _dns.Fails("_25._tcp.real.example.net", DnsType.Tlsa);
        Assert.Equal(DaneStatus.Failure, (await FindAsync("mx.example.com")).Status);
    }

    [Fact]
    public async Task Where_an_aliass_target_is_not_secure_only_the_records_of_a_secure_alias_count()
    {
        _dns.Alias("mx.example.com", "real.example.net", "192.0.2.2").With(Tlsa("_25._tcp.mx.example.com"), Tlsa("_25._tcp.real.example.net"));
        _dns.IsSigned = name => !name.EndsWith("example.net", StringComparison.Ordinal);

        // The alias record itself is in the signed zone, whatever its target is.
        Assert.Equal("mx.example.com", (await FindAsync("mx.example.com")).BaseDomain);
        _dns.IsSigned = _ => false;
        Assert.Equal(DaneStatus.None, (await FindAsync("mx.example.com")).Status);
    }

    [Fact]
    public async Task The_number_of_records_is_bounded()
    {
        _dns.With(Enumerable.Range(0, 500).Select(i => Tlsa(Records, (byte)i)));
        Assert.Equal(32, (await FindAsync()).Records.Length);
    }

    private static TlsaRecord Tlsa(string name, byte seed = 1) => new(name, 60, TlsaUsage.DaneEe, TlsaSelector.Spki, TlsaMatching.Sha256, [.. SHA256.HashData([seed])]);

    private async Task<DaneAnswer> FindAsync(string host = Host, int port = 25, bool trustAd = true) =>
        await new DaneLookup(_dns, new DnsOptions { TrustAd = trustAd }, _time).FindAsync(host, port, default);

    /// <summary>A DNS that never answers for one name.</summary>
    private sealed class SilentFor(IDnsResolver dns, string silent) : IDnsResolver
    {
        public async ValueTask<DnsAnswer> QueryAsync(string name, DnsType type, CancellationToken cancel)
        {
            if (name == silent)
            {
                await new TaskCompletionSource().Task.WaitAsync(cancel);
            }

            return await dns.QueryAsync(name, type, cancel);
        }
    }
}
