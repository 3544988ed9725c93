using System.Net;
using System.Security.Cryptography;
using System.Security.Cryptography.X509Certificates;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Logging;
using ThrottleNet.MxNode.Configuration;
using ThrottleNet.MxNode.Exchange;
using ThrottleNet.MxNode.Hosting;
using ThrottleNet.MxNode.Pki;

namespace ThrottleNet.MxNode.Tests.Exchange;

public sealed class LiveNodesTests
{
    private static readonly IPAddress One = IPAddress.Parse("192.0.2.1");
    private static readonly IPAddress Two = IPAddress.Parse("2001:db8::2");

    [Fact]
    public void An_address_is_found_in_either_of_its_forms()
    {
        var nodes = new LiveNodes();
        Assert.False(nodes.Contains(One));

        nodes.Replace([new([One], [])], One.MapToIPv6(), Two);
        Assert.True(nodes.Contains(One));
        Assert.True(nodes.Contains(One.MapToIPv6()));
        Assert.True(nodes.Contains(Two));
        Assert.Equal(2, nodes.Addresses.Count);

        nodes.Replace([]);
        Assert.False(nodes.Contains(One));
        Assert.Empty(nodes.Addresses);
    }

    [Fact]
    public void A_name_has_the_addresses_of_all_certificates_with_that_name()
    {
        var nodes = new LiveNodes();
        nodes.Replace([new([One], ["a.test", "shared.test"]), new([Two], ["shared.test"]), new([], ["c.test"])]);
        Assert.Equal([One], nodes.Named["a.test"]);
        Assert.Equal([One, Two], nodes.Named["shared.test"]);
        Assert.Empty(nodes.Named["c.test"]);
    }

    [Fact]
    public void Addresses_of_a_node_come_from_its_certificate()
    {
        using var key = ECDsa.Create(ECCurve.NamedCurves.nistP256);
        var now = TimeProvider.System.GetUtcNow();
        using var authority = CertificateAuthority.Create("test.net", now, TimeSpan.FromDays(2), key);
        string[] hosts = ["192.0.2.1", "2001:db8::2", "A.Example.NET", "*.example.net", "::ffff:192.0.2.1"];
        using var node = new CertificateAuthority(authority).Issue("a", "operator-a", hosts, now, TimeSpan.FromDays(1), key);

        var found = SubjectAltNames.Of(node);

        Assert.Equal([One, Two], found.Addresses.AsEnumerable());
        Assert.Equal(["a.example.net"], found.Names.AsEnumerable());
        Assert.Same(SubjectAltNames.None, SubjectAltNames.Of(authority));
    }

    [Fact]
    public void A_name_at_or_under_a_zone_of_the_node_is_not_resolved()
    {
        var zones = new ServedZones(["throttle-mx.test", "list.example.net"]);
        Assert.True(zones.Hold("throttle-mx.test"));
        Assert.True(zones.Hold("a.throttle-mx.test"));
        Assert.True(zones.Hold("a.list.example.net"));
        Assert.False(zones.Hold("example.net"));
        Assert.False(zones.Hold("not-throttle-mx.test"));
    }

    [Fact]
    public async Task Without_an_exchange_the_only_live_node_is_this_one()
    {
        using var data = new TemporaryFolder();
        var configuration = new NodeConfiguration
        {
            Node = new() { DataDirectory = data.Path },
            Smtp = new() { Listen = [new(IPAddress.Loopback, 0), new(IPAddress.Any, 0)] },
            Admin = new() { Listen = null },
        };
        await using var host = NodeHost.Create(configuration, TimeProvider.System, logging => logging.ClearProviders());
        Assert.Equal([IPAddress.Loopback], host.Services.GetRequiredService<LiveNodes>().Addresses);
    }
}
