using System.Net;
using System.Text;
using FsCheck;
using FsCheck.Fluent;
using ThrottleNet.MxNode.Trust;
using ThrottleNet.MxNode.Zones;
using ThrottleNet.Protocol.Dns;
using ThrottleNet.TrustList;
using ThrottleNet.TrustList.Exports;

namespace ThrottleNet.MxNode.Tests.Zones;

public sealed class DnswlZoneTests
{
    private static readonly IPAddress Listed = IPAddress.Parse("192.0.2.77");
    private static readonly IPAddress Unlisted = IPAddress.Parse("198.51.100.77");

    private readonly ZoneRig _rig = new ZoneRig().With(ZoneRig.Entry("192.0.2.0/24"), ZoneRig.Entry("2001:db8::/32") with { RatePerHour = 100, Kind = TrustKind.ListHost });

    [Fact]
    public void A_listed_address_has_an_A_and_a_TXT_record()
    {
        var address = ZoneRig.AssertOne<AddressRecord>(_rig.Ask(Listed));
        Assert.Equal(("127.0.2.3", Zone.LongestTtl), (address.Address.ToString(), address.Ttl));
        Assert.Equal("127.0.1.2", ZoneRig.AssertOne<AddressRecord>(_rig.Ask(IPAddress.Parse("2001:db8::25"))).Address.ToString());
        Assert.Equal("127.0.2.3", ZoneRig.AssertOne<AddressRecord>(_rig.Ask(Listed.MapToIPv6())).Address.ToString());
        Assert.Equal("127.0.2.3", ZoneRig.AssertOne<AddressRecord>(_rig.Ask(Listed, DnsType.Any)).Address.ToString());

        var text = ZoneRig.AssertOne<TxtRecord>(_rig.Ask(Listed, DnsType.Txt));
        Assert.Equal("site Exämple", Encoding.UTF8.GetString(Encoding.Latin1.GetBytes(text.Text)));
        ZoneRig.AssertNothing(_rig.Ask(Listed, DnsType.Aaaa), ZoneRig.List);
        ZoneRig.AssertNothing(_rig.Ask(Listed, DnsType.Mx), ZoneRig.List);
    }

    [Theory]
    [InlineData(DnsType.A)]
    [InlineData(DnsType.Txt)]
    [InlineData(DnsType.Any)]
    [InlineData(DnsType.Mx)]
    public void An_unlisted_address_does_not_exist(DnsType type)
    {
        ZoneRig.AssertNothing(_rig.Ask(Unlisted, type), ZoneRig.List, DnsResponseCode.NameError);
        ZoneRig.AssertNothing(_rig.Ask(IPAddress.Parse("2001:db9::"), type), ZoneRig.List, DnsResponseCode.NameError);
        ZoneRig.AssertNothing(_rig.Ask("mail.example.org.list.test", type), ZoneRig.List, DnsResponseCode.NameError);
        ZoneRig.AssertNothing(_rig.Ask($"x.{ReverseName.Labels(Listed)}.list.test", type), ZoneRig.List, DnsResponseCode.NameError);
    }

    [Fact]
    public void The_test_points_are_as_the_RFC_has_them_whatever_is_listed()
    {
        foreach (var rig in new[] { _rig, new ZoneRig(), new ZoneRig().With(ZoneRig.Entry("127.0.0.0/8")) })
        {
            foreach (var (yes, no) in new[] { ("127.0.0.2", "127.0.0.1"), ("::ffff:7f00:2", "::ffff:7f00:1") })
            {
                Assert.Equal(Dnswl.Answer(Dnswl.TestEntry), ZoneRig.AssertOne<AddressRecord>(rig.Ask(IPAddress.Parse(yes))).Address);
                ZoneRig.AssertNothing(rig.Ask(IPAddress.Parse(no)), ZoneRig.List, DnsResponseCode.NameError);
            }
        }
    }

    [Theory]
    [InlineData("192")]
    [InlineData("0.192")]
    [InlineData("2.0.192")]
    [InlineData("1.0.0.2")] // of 2001::/16
    [InlineData("8.b.d.0.1.0.0.2")]
    [InlineData("200")]
    public void A_name_above_listed_names_exists_without_records(string labels)
    {
        ZoneRig.AssertNothing(_rig.Ask($"{labels}.list.test", DnsType.A), ZoneRig.List);
        ZoneRig.AssertNothing(_rig.Ask($"{labels}.list.test", DnsType.Ns), ZoneRig.List);
    }

    [Fact]
    public void An_entry_ends_at_its_expiry_and_its_TTL_ends_no_later()
    {
        _rig.With(ZoneRig.Entry("192.0.2.0/24") with { Expires = _rig.Clock.GetUtcNow().AddSeconds(90.5) });
        Assert.Equal(60u, ZoneRig.AssertOne<AddressRecord>(_rig.Ask(Listed)).Ttl);
        _rig.Clock.Advance(TimeSpan.FromSeconds(50));
        Assert.Equal(40u, ZoneRig.AssertOne<AddressRecord>(_rig.Ask(Listed)).Ttl);
        Assert.Equal(40u, ZoneRig.AssertOne<TxtRecord>(_rig.Ask(Listed, DnsType.Txt)).Ttl);
        _rig.Clock.Advance(TimeSpan.FromSeconds(40));
        Assert.Equal(0u, ZoneRig.AssertOne<AddressRecord>(_rig.Ask(Listed)).Ttl);
        _rig.Clock.Advance(TimeSpan.FromSeconds(0.5));
        ZoneRig.AssertNothing(_rig.Ask(Listed), ZoneRig.List, DnsResponseCode.NameError);
    }

    [Theory]
    [InlineData(TrustStanding.Suspended)]
    [InlineData(TrustStanding.Revoked)]
    public void A_host_whose_trust_was_withdrawn_is_not_listed(TrustStanding standing)
    {
        _rig.With(ZoneRig.Entry("192.0.2.0/24"), ZoneRig.Entry("192.0.2.77/32") with { Standing = standing });
        ZoneRig.AssertNothing(_rig.Ask(Listed), ZoneRig.List, DnsResponseCode.NameError);
        ZoneRig.AssertOne<AddressRecord>(_rig.Ask(IPAddress.Parse("192.0.2.76")));
    }

    [Fact]
    public void While_the_list_is_not_current_the_answer_is_SERVFAIL()
    {
        _rig.Clock.Advance(TrustBook.MaxAge);
        ZoneRig.AssertOne<AddressRecord>(_rig.Ask(Listed));

        _rig.Clock.Advance(TimeSpan.FromMilliseconds(1));
        foreach (var address in new[] { Listed, Unlisted, Dnswl.TestPoint })
        {
            var answer = _rig.Ask(address);
            Assert.Equal(DnsResponseCode.ServerFailure, answer.ResponseCode);
            Assert.Empty(answer.Answers);
        }

        _rig.Book.Confirm();
        ZoneRig.AssertOne<AddressRecord>(_rig.Ask(Listed));
    }

    [Fact]
    public void A_list_that_was_never_read_is_not_in_force() => Assert.False(new TrustBook(_rig.Clock).IsCurrent);

    [Fact]
    public void Each_list_has_a_higher_serial()
    {
        uint Serial() => ZoneRig.AssertOne<SoaRecord>(_rig.Ask(ZoneRig.List, DnsType.Soa)).Serial;
        var first = Serial();
        _rig.With();
        var second = Serial();
        _rig.Clock.Advance(TimeSpan.FromHours(1));
        Assert.Equal(second, Serial());
        _rig.With();
        Assert.Equal(first + 1, second);
        Assert.Equal(_rig.Clock.GetUtcNow().ToUnixTimeSeconds(), Serial());
    }

    [Fact]
    public void An_address_inside_an_entry_is_listed_and_one_just_outside_is_not() =>
        Prop.ForAll(Gen.Choose(int.MinValue, int.MaxValue).ToArbitrary(), Gen.Choose(9, 32).ToArbitrary(), (number, prefix) =>
        {
            var mask = uint.MaxValue << (32 - prefix);
            var first = ((uint)number & mask) | 0x0100_0000;
            var last = first | ~mask;
            var rig = new ZoneRig().With(new TrustEntry { Network = new IPNetwork(Address(first), prefix) });
            bool IsListed(uint address) => rig.Ask(Address(address)).Answers.Length == 1;
            return IsTest(first) || (IsListed(first) && IsListed(last) && IsListed(first + ((last - first) / 2)) && !IsListed(first - 1) && !IsListed(last + 1));
        }).QuickCheckThrowOnFailure();

    [Fact]
    public void No_name_throws_or_lists_anything_by_mistake() =>
        Prop.ForAll(Gen.Elements("0123456789abcfx.-\\".ToCharArray()).ArrayOf().Select(chars => new string(chars)).Where(text => DnsName.IsValid(text + ".list.test")).ToArbitrary(), text =>
        {
            var answer = new ZoneRig().Ask(text + ".list.test", DnsType.A);
            return answer.Answers.IsEmpty && answer.ResponseCode is DnsResponseCode.NoError or DnsResponseCode.NameError or DnsResponseCode.Refused;
        }).QuickCheckThrowOnFailure();

    private static bool IsTest(uint address) => address >> 24 == 127;

    private static IPAddress Address(uint number) => new([(byte)(number >> 24), (byte)(number >> 16), (byte)(number >> 8), (byte)number]);

    [Fact]
    public void Relays_that_are_up_are_listed_by_a_kind_of_their_own_and_enrolled_ones_by_theirs()
    {
        var rig = new ZoneRig().With(new TrustEntry { Network = IPNetwork.Parse("203.0.113.9/32"), Kind = TrustKind.Relay }).WithNodes("203.0.113.8", "203.0.113.9", "2001:db8::8");
        Assert.Equal(IPAddress.Parse("127.0.5.3"), ZoneRig.AssertOne<AddressRecord>(rig.Ask(IPAddress.Parse("203.0.113.8"))).Address);
        Assert.Equal(IPAddress.Parse("127.0.5.3"), ZoneRig.AssertOne<AddressRecord>(rig.Ask(IPAddress.Parse("2001:db8::8"))).Address);
        Assert.Equal(IPAddress.Parse("127.0.4.3"), ZoneRig.AssertOne<AddressRecord>(rig.Ask(IPAddress.Parse("203.0.113.9"))).Address);
        Assert.Equal("relay of this network", ZoneRig.AssertOne<TxtRecord>(rig.Ask(IPAddress.Parse("203.0.113.8"), DnsType.Txt)).Text);
        ZoneRig.AssertNothing(rig.Ask(IPAddress.Parse("203.0.113.7")), ZoneRig.List, DnsResponseCode.NameError);
        rig.Clock.Advance(TimeSpan.FromMinutes(6));
        Assert.Equal(DnsResponseCode.ServerFailure, rig.Ask(IPAddress.Parse("203.0.113.8")).ResponseCode);
    }
}
