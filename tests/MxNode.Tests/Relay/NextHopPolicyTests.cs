using System.Security.Cryptography;
using System.Security.Cryptography.X509Certificates;
using ThrottleNet.MxNode.Dns;
using ThrottleNet.MxNode.Relay;
using ThrottleNet.MxNode.Tests.TlsPolicy;
using ThrottleNet.MxNode.TlsPolicy;
using ThrottleNet.Protocol.Dns;

namespace ThrottleNet.MxNode.Tests.Relay;

/// <summary>TLS that DANE (RFC 7672) or MTA-STS (RFC 8461) demands of a next hop: reached, or the next MX, or 451.</summary>
public sealed class NextHopPolicyTests : IAsyncLifetime
{
    private const string First = "mail.example.com", Second = "backup.example.com", Domain = "example.com";

    private static readonly WebAuthority Authority = new();
    private static readonly X509Certificate2 Trusted = Authority.Issue(First);
    private static readonly X509Certificate2 SelfSigned = WebAuthority.SelfSigned(First);
    private static readonly RelayOptions AnyAddress = new() { AllowPrivateDestinations = true };

    private readonly PolicyServer _policies = new();
    private readonly ScriptedHop _hop = new() { Offers = ["PIPELINING", "STARTTLS"], Certificate = SelfSigned };
    private RelayRig _rig;

    public NextHopPolicyTests() => _rig = Rig(AnyAddress);

    public Task InitializeAsync() => Task.CompletedTask;

    public async Task DisposeAsync()
    {
        await _rig.DisposeAsync();
        await _hop.DisposeAsync();
        _policies.Dispose();
    }

    [Theory]
    [InlineData(TlsaUsage.DaneEe)]
    [InlineData(TlsaUsage.DaneTa)]
    public async Task With_a_matching_TLSA_record_mail_goes_over_TLS_that_is_proved(TlsaUsage usage)
    {
        var isEe = usage == TlsaUsage.DaneEe;
        _hop.Certificate = isEe ? SelfSigned : Trusted;
        _hop.CertificateChain = isEe ? [] : [Authority.Intermediate];
        _rig.Dns.With(Tlsa(First, _hop, isEe ? SelfSigned : Authority.Intermediate, usage));

        await ExpectAsync(250, "dane", "dane", To((First, _hop)));
        await ExpectAsync(250, "dane", "dane", To((First, _hop)));
        Assert.Equal([true, true], _hop.Messages.Select(message => message.Tls));
        Assert.Equal(1, _hop.Connections);
    }

    [Fact]
    public async Task With_a_certificate_that_matches_no_TLSA_record_the_next_MX_gets_the_mail_or_nobody()
    {
        await using var backup = new ScriptedHop();
        _rig.Dns.With(Tlsa(First, _hop, Trusted));

        Assert.Equal("451 4.7.5", (await ExpectAsync(451, "dane", "none", To((First, _hop))))[..9]);
        await ExpectAsync(250, "none", "plain", To((First, _hop), (Second, backup)));
        Assert.Empty(_hop.Messages);
        Assert.DoesNotContain(_hop.Log, line => line.Contains("MAIL", StringComparison.Ordinal));
        Assert.Single(_rig.Log.Lines, line => line.Event == 3016);
    }

    public static TheoryData<string> Downgrades => ["does not offer TLS", "refuses STARTTLS", "breaks off", "garbage", "refuses the second EHLO"];

    [Theory]
    [MemberData(nameof(Downgrades))]
    public async Task Where_TLS_is_demanded_nothing_goes_in_plaintext(string how)
    {
        await using var backup = new ScriptedHop();
        _rig.Dns.With(Tlsa(First, _hop, SelfSigned));
        _hop.Offers = how == "does not offer TLS" ? ["PIPELINING"] : _hop.Offers;
        _hop.Script = (step, number) => how switch
        {
            "refuses STARTTLS" when step == "STARTTLS" => HopAction.Say("454 4.7.0 not now"),
            "breaks off" when step == "STARTTLS" => HopAction.HangUp,
            "garbage" when step == "tls" => HopAction.Raw("this is not TLS, and never will be\r\n"),
            "refuses the second EHLO" when step[..2] is "EH" or "HE" && _hop.Commands(number).Contains("STARTTLS") => HopAction.Say("503 5.5.1 what"),
            _ => null,
        };

        Assert.Equal("451 4.7.4", (await ExpectAsync(451, "dane", "none", To((First, _hop))))[..9]);
        await ExpectAsync(250, "none", "plain", To((First, _hop), (Second, backup)));
        Assert.Equal(2, _hop.Connections); // one for each message: none without TLS
        Assert.DoesNotContain(_hop.Log, line => line.Contains("MAIL", StringComparison.Ordinal));
    }

    [Fact]
    public async Task A_next_hop_that_lately_failed_at_TLS_is_asked_for_it_again_once_it_is_demanded()
    {
        _hop.Script = (step, _) => step == "tls" ? HopAction.Raw("this is not TLS, and never will be\r\n") : null;
        await ExpectAsync(250, "none", "plain", To((First, _hop)));
        _hop.Script = (_, _) => null;
        await ExpectAsync(250, "none", "plain", To((First, _hop)));
        _rig.Dns.With(Tlsa(First, _hop, SelfSigned));
        await ExpectAsync(250, "dane", "dane", To((First, _hop)));
    }

    [Fact]
    public async Task A_kept_session_is_used_only_if_it_has_the_TLS_that_is_demanded_now()
    {
        await ExpectAsync(250, "none", "encrypted", To((First, _hop)));
        _rig.Dns.With(Tlsa(First, _hop, SelfSigned));
        await ExpectAsync(250, "dane", "dane", To((First, _hop)));
        Assert.Equal(2, _hop.Connections);
        await ExpectAsync(250, "dane", "dane", To((First, _hop)));
        Assert.Equal(2, _hop.Connections);

        // The name counts too: another mail exchanger at the same address has TLSA records of its own.
        _rig.Dns.With(Tlsa(Second, _hop, Trusted));
        await ExpectAsync(451, "dane", "none", To((Second, _hop)));
    }

    [Fact]
    public async Task A_kept_session_without_the_TLS_that_is_demanded_now_is_closed_before_a_next_hop_gets_more_than_its_number()
    {
        _rig = Rig(AnyAddress with { MaxSessions = 1 });
        await ExpectAsync(250, "none", "encrypted", To((First, _hop)));
        _rig.Dns.With(Tlsa(First, _hop, SelfSigned));
        await ExpectAsync(250, "dane", "dane", To((First, _hop)));
        var log = _hop.Log.ToList();
        Assert.Equal(2, _hop.Connections);
        Assert.InRange(log.FindIndex(line => line.Contains("QUIT", StringComparison.Ordinal)), 0, log.FindLastIndex(line => line.EndsWith("greeting", StringComparison.Ordinal)));
    }

    [Fact]
    public async Task Where_the_DNS_does_not_answer_for_the_TLSA_records_the_MX_is_not_used()
    {
        await using var backup = new ScriptedHop();
        _rig.Dns.Fails(TlsaName(First, _hop), DnsType.Tlsa);

        Assert.Equal("451 4.4.3", (await ExpectAsync(451, "refused", "none", To((First, _hop))))[..9]);
        await ExpectAsync(250, "none", "plain", To((First, _hop), (Second, backup)));
        Assert.DoesNotContain(_hop.Log, line => line.Contains("MAIL", StringComparison.Ordinal));
    }

    [Fact]
    public async Task With_unusable_TLSA_records_any_certificate_does_and_plaintext_does_not()
    {
        _rig.Dns.With(Tlsa(First, _hop, Trusted) with { Usage = TlsaUsage.PkixEe });
        await ExpectAsync(250, "encrypted", "encrypted", To((First, _hop)));
        _hop.Offers = ["PIPELINING"];
        await ExpectAsync(451, "encrypted", "none", To((First, _hop)), another: true);
    }

    [Fact]
    public async Task Unusable_TLSA_records_do_not_replace_an_MTA_STS_policy()
    {
        Publish("enforce", First);
        _rig.Dns.With(Tlsa(First, _hop, Trusted) with { Usage = TlsaUsage.PkixEe });
        Assert.Equal("451 4.7.5", (await ExpectAsync(451, "mta-sts", "none", To((First, _hop))))[..9]);
        (_hop.Certificate, _hop.CertificateChain) = (Trusted, [Authority.Intermediate]);
        await ExpectAsync(250, "mta-sts", "trusted", To((First, _hop)));
    }

    [Fact]
    public async Task One_zones_mail_exchangers_that_break_their_policy_are_one_line_of_the_log()
    {
        for (var i = 0; i < 5; i++)
        {
            var name = $"n{i}.evil.test";
            _rig.Dns.Host(name, "127.0.0.1").With(Tlsa(name, _hop, Trusted));
            await ExpectAsync(451, "dane", "none", To((name, _hop)));
        }

        Assert.Single(_rig.Log.Lines, line => line.Event == 3016);
    }

    [Fact]
    public async Task The_policies_of_further_recipients_domains_are_waited_for_at_the_same_time()
    {
        Hang();
        foreach (var domain in new[] { "a.test", "b.test", "c.test" })
        {
            _rig.Dns.With(new TxtRecord($"_mta-sts.{domain}", 60, "v=STSv1; id=1"));
        }

        await using var transaction = _rig.Begin(To((First, _hop)));
        var replies = transaction.AddRecipientsAsync(RelayRig.Recipients($"bob@{Domain}", "ann@a.test", "joe@b.test", "eve@c.test"), default).AsTask();
        await _rig.Clock.UntilSetAsync(MtaStsLookup.FirstPatience, timers: 3);
        _rig.Clock.Advance(MtaStsLookup.FirstPatience);
        Assert.Equal([250, 250, 250, 250], (await replies.WaitAsync(Eventually.Patience)).Select(reply => reply.Code));
    }

    [Fact]
    public async Task In_an_unsigned_zone_TLSA_records_do_not_count()
    {
        _rig.Dns.IsSigned = _ => false;
        _rig.Dns.With(Tlsa(First, _hop, Trusted));
        await ExpectAsync(250, "none", "encrypted", To((First, _hop)));
    }

    [Fact]
    public async Task An_MTA_STS_policy_demands_a_listed_MX_with_a_valid_certificate()
    {
        await using var backup = new ScriptedHop();
        Publish("enforce", First);
        Assert.Equal("451 4.7.5", (await ExpectAsync(451, "mta-sts", "none", To((First, _hop))))[..9]);
        (_hop.Certificate, _hop.CertificateChain) = (Trusted, [Authority.Intermediate]);
        await ExpectAsync(250, "mta-sts", "trusted", To((First, _hop)));
        Assert.Equal("451 4.7.5", (await ExpectAsync(451, "refused", "none", To((Second, backup))))[..9]);
        await ExpectAsync(250, "mta-sts", "trusted", To((Second, backup), (First, _hop)));
        Assert.Empty(backup.Messages);

        // A certificate of a true authority for another name is not valid.
        _hop.Certificate = Authority.Issue("other.example.com");
        await ExpectAsync(451, "mta-sts", "none", To((First, _hop)), another: true);
        _hop.Offers = ["PIPELINING"];
        Assert.Equal("451 4.7.4", (await ExpectAsync(451, "mta-sts", "none", To((First, _hop))))[..9]);
    }

    [Theory]
    [InlineData(First)]
    [InlineData(Second)]
    public async Task A_policy_in_mode_testing_demands_nothing_and_says_what_it_would_refuse(string listed)
    {
        Publish("testing", listed);
        await ExpectAsync(250, "testing", "encrypted", To((First, _hop)));
        Assert.Single(_rig.Log.Lines, line => line.Event == 3017);
    }

    [Fact]
    public async Task DANE_comes_before_MTA_STS_where_DNSSEC_proves_the_MX()
    {
        Publish("enforce", Second);
        _rig.Dns.With(Tlsa(First, _hop, SelfSigned));
        await ExpectAsync(250, "dane", "dane", To((First, _hop)));

        // Without that proof an attacker can forge the MX records, and name a host in a signed zone of the attacker.
        await ExpectAsync(451, "refused", "none", To((First, _hop)) with { SecureDomain = null });

        // MTA-STS does not override a certificate that fails DANE.
        await using var trusted = new ScriptedHop { Offers = ["PIPELINING", "STARTTLS"], Certificate = Trusted, CertificateChain = [Authority.Intermediate] };
        _rig.Dns.With(Tlsa(First, trusted, SelfSigned));
        await ExpectAsync(451, "dane", "none", To((First, trusted)));
    }

    [Fact]
    public async Task A_recipient_whose_domain_demands_more_than_the_session_has_goes_in_another_transaction()
    {
        Publish("enforce", First);
        await using var transaction = _rig.Begin(To((First, _hop)));
        var replies = await transaction.AddRecipientsAsync(RelayRig.Recipients("ann@people.test", $"bob@{Domain}", "joe@people.test"), default);
        Assert.Equal([250, 452, 250], replies.Select(reply => reply.Code));
        Assert.Equal([452, 250], (await transaction.AddRecipientsAsync(RelayRig.Recipients($"eve@{Domain}", "jim@other.test"), default)).Select(reply => reply.Code));

        (_hop.Certificate, _hop.CertificateChain) = (Trusted, [Authority.Intermediate]);
        await using var strict = _rig.Begin(To((First, _hop)));
        Assert.Equal([250, 250], (await strict.AddRecipientsAsync(RelayRig.Recipients($"bob@{Domain}", "ann@people.test"), default)).Select(reply => reply.Code));
        Assert.Equal(new TlsReport("mta-sts", "trusted"), strict.Tls);
    }

    [Fact]
    public async Task A_route_and_a_node_without_MTA_STS_look_for_no_policy()
    {
        Publish("enforce", Second);
        _rig.Dns.With(Tlsa(First, _hop, Trusted));
        Assert.Equal(250, (await _rig.SendAsync(_hop)).Result!.Reply.Code);
        Assert.Empty(_policies.Asked);

        await _rig.DisposeAsync();
        _rig = Rig(AnyAddress with { MtaSts = false });
        Publish("enforce", Second);
        await ExpectAsync(250, "none", "encrypted", To((First, _hop)));
        Assert.Empty(_policies.Asked);
    }

    [Fact]
    public async Task A_policy_server_that_hangs_delays_the_first_message_for_seconds_and_no_further_one()
    {
        Hang();
        Publish("enforce", First);
        var first = ExpectAsync(250, "none", "encrypted", To((First, _hop)));
        await Eventually.HoldsAsync("the fetch, and the session's EHLO", () => !_policies.Asked.IsEmpty && _hop.Commands(0).Any(command => command.StartsWith("EHLO", StringComparison.Ordinal)));
        Assert.DoesNotContain("STARTTLS", _hop.Commands(0));
        await _rig.Clock.UntilSetAsync(MtaStsLookup.FirstPatience);
        _rig.Clock.Advance(MtaStsLookup.FirstPatience);
        await first.WaitAsync(Eventually.Patience);
        await ExpectAsync(250, "none", "encrypted", To((First, _hop))).WaitAsync(Eventually.Patience);
    }

    private RelayRig Rig(RelayOptions options)
    {
        var rig = new RelayRig(options, new DnsOptions { TrustAd = true }, new TrustAnchors([Authority.Root]), _policies.Fetcher);
        rig.Dns.IsSigned = _ => true;
        rig.Dns.Host(First, "127.0.0.1").Host(Second, "127.0.0.1");
        return rig;
    }

    private void Hang() => _policies.Answer = async cancel =>
    {
        await new TaskCompletionSource().Task.WaitAsync(cancel);
        throw new InvalidOperationException();
    };

    private void Publish(string mode, string mx)
    {
        _policies.Body = $"version: STSv1\nmode: {mode}\nmx: {mx}\nmax_age: 604800\n";
        _rig.Dns.With(new TxtRecord($"_mta-sts.{Domain}", 60, "v=STSv1; id=1"));
    }

    // Sends a message and compares the last reply to it, and what TLS was demanded and reached.
    private async Task<string> ExpectAsync(int code, string demanded, string reached, Destination destination, bool another = false)
    {
        if (another)
        {
            // The sessions kept so far have the TLS of before.
            _rig.Clock.Advance(new RelayOptions().IdleTimeout * 2);
        }

        await using var transaction = _rig.Begin(destination);
        var reply = (await transaction.AddRecipientsAsync(RelayRig.Recipients($"bob@{Domain}"), default))[0];
        if (reply.IsPositive)
        {
            await using var text = _rig.Text("Subject: hi\r\n\r\nhello\r\n");
            reply = (await transaction.CommitAsync(new OutgoingMessage(RelayRig.Header, text), default)).Reply;
        }

        Assert.Equal((code, new TlsReport(demanded, reached)), (reply.Code, transaction.Tls));
        return reply.ToString();
    }

    private static Destination To(params (string Name, ScriptedHop Hop)[] hosts) =>
        new("test", [.. hosts.Select(host => new MxHost(host.Name, host.Hop.EndPoint.Port))]) { SecureDomain = Domain };

    private static string TlsaName(string name, ScriptedHop hop) => $"_{hop.EndPoint.Port}._tcp.{name}";

    private static TlsaRecord Tlsa(string name, ScriptedHop hop, X509Certificate2 certificate, TlsaUsage usage = TlsaUsage.DaneEe) =>
        new(TlsaName(name, hop), 60, usage, TlsaSelector.Spki, TlsaMatching.Sha256, [.. SHA256.HashData(certificate.PublicKey.ExportSubjectPublicKeyInfo())]);
}
