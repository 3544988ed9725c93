using System.Text;
using MimeKit.Cryptography;
using ThrottleNet.MxNode.Relay.Authentication;

namespace ThrottleNet.MxNode.Tests.Relay.Authentication;

/// <summary>Results of DKIM as the next hop reads them.</summary>
public sealed class DkimCheckTests
{
    // The signature of RFC 8463, appendix A.3, with the keys of appendix A.2. Its body and header fields are canonicalized relaxed.
    private const string Rfc8463 =
        "DKIM-Signature: v=1; a=ed25519-sha256; c=relaxed/relaxed;\r\n d=football.example.com; i=@football.example.com;\r\n q=dns/txt; s=brisbane; t=1528637909; h=from : to :\r\n subject : date : message-id : from : subject : date;\r\n" +
        " bh=2jUSOH9NhtVGCQWNr9BrIAPreKQjO6Sn7XIkfJVOzv8=;\r\n b=/gCrinpcQOoIfuHNQIbq4pgh9kyIK3AQUdt9OdqQehSwhEIug4D11Bus\r\n Fa3bT3FY5OsU7ZbnKELq+eXdp1Q1Dw==\r\n" +
        "DKIM-Signature: v=1; a=rsa-sha256; c=relaxed/relaxed;\r\n d=football.example.com; i=@football.example.com;\r\n q=dns/txt; s=test; t=1528637909; h=from : to : subject :\r\n date : message-id : from : subject : date;\r\n" +
        " bh=2jUSOH9NhtVGCQWNr9BrIAPreKQjO6Sn7XIkfJVOzv8=;\r\n b=F45dVWDfMbQDGHJFlXUNB2HKfbCeLRyhDXgFpEL8GwpsRe0IeIixNTe3\r\n DhCVlUrSjV4BwcVcOF6+FF3Zo9Rpo1tFOeS9mPYQTnGdaSGsgeefOsk2Jz\r\n dA+L10TeYt9BgDfQNZtKdN1WO//KgIqXP7OdEFE4LjFYNcUxZQ4FADY+8=\r\n" +
        "From: Joe SixPack <joe@football.example.com>\r\nTo: Suzie Q <suzie@shopping.example.net>\r\nSubject: Is dinner ready?\r\nDate: Fri, 11 Jul 2003 21:00:37 -0700 (PDT)\r\nMessage-ID: <20030712040037.46341.5F8J@football.example.com>\r\n\r\n" +
        "Hi.\r\n\r\nWe lost the game.  Are you hungry yet?\r\n\r\nJoe.\r\n";

    [Fact]
    public async Task The_signatures_of_RFC_8463_pass()
    {
        await using var rig = new AuthenticationRig();
        rig.Dns.With(
            SignedTexts.Record("brisbane._domainkey.football.example.com", "v=DKIM1; k=ed25519; p=11qYAYKxCrfVS/7TyWQHOg7hcvPapiMlrwIaaPcHURo="),
            SignedTexts.Record(
                "test._domainkey.football.example.com",
                "v=DKIM1; k=rsa; p=MIGfMA0GCSqGSIb3DQEBAQUAA4GNADCBiQKBgQDkHlOQoBTzWRiGs5V6NpP3idY6Wk08a5qhdR6wy5bdOKb2jLQiY/J16JYi0Qvx/byYzCNb3W91y3FutACDfzwQ/BC/e/8uBsCR+yz1Lxj+PL6lHvqMKrM3rG4hstT5QjvHO9PzoxZyVYLzBfO2EeC3Ip3G+2kryOTIKT+l/K4w3QIDAQAB"));

        var results = AuthenticationRig.Results(await rig.SendAsync(Rfc8463));

        Assert.Contains("dkim=pass header.d=football.example.com header.s=brisbane header.a=ed25519-sha256 header.b=\"/gCrinpc\"", results, StringComparison.Ordinal);
        Assert.Contains("dkim=pass header.d=football.example.com header.s=test header.a=rsa-sha256 header.b=F45dVWDf", results, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData(DkimCanonicalizationAlgorithm.Simple, DkimSignatureAlgorithm.RsaSha256)]
    [InlineData(DkimCanonicalizationAlgorithm.Relaxed, DkimSignatureAlgorithm.RsaSha256)]
    [InlineData(DkimCanonicalizationAlgorithm.Relaxed, DkimSignatureAlgorithm.Ed25519Sha256)]
    public async Task A_valid_signature_passes_whatever_the_body_looks_like(DkimCanonicalizationAlgorithm canonicalization, DkimSignatureAlgorithm algorithm)
    {
        await using var rig = new AuthenticationRig();
        rig.Dns.With(algorithm == DkimSignatureAlgorithm.Ed25519Sha256 ? SignedTexts.Ed25519Key("alice.test") : SignedTexts.Key("alice.test"));
        const string Multipart = "From: a@alice.test\r\nSubject: x\r\nMIME-Version: 1.0\r\nContent-Type: multipart/mixed; boundary=b\r\n\r\n";
        string[] texts =
        [
            SignedTexts.Plain,
            "From: a@alice.test\r\nSubject: no body\r\n\r\n",
            "From: a@alice.test\r\nSubject: 8 bit \u00fc\r\nContent-Type: text/plain; charset=iso-8859-1\r\n\r\n\u00e4\u00f6\u00fc  \t\r\n\r\n\r\n",
            Multipart + "preamble\r\n--b  \r\nContent-Type: text/plain\r\n\r\nx\r\n--b--   \r\nepilogue\r\n",
            Multipart + "--b\r\nContent-Type: message/rfc822\r\n\r\nnot a message\r\n--b\r\n\r\n--b\r\nno end\r\n",
            Multipart + "no boundary at all\r\n",
            "From: a@alice.test\r\nSubject: x\r\nContent-Type: message/rfc822\r\nContent-Transfer-Encoding: base64\r\n\r\nSGVsbG8=\r\n",
            "From: a@alice.test\r\nSubject: x\r\nContent-Transfer-Encoding: x-uuencode\r\n\r\nbegin 644 a\r\n`\r\nend\r\n",
            "From: a@alice.test\r\nSubject: long\r\n\r\n" + new string('x', 50_000) + "\r\n",
        ];
        foreach (var text in texts)
        {
            Assert.Contains("dkim=pass header.d=alice.test", AuthenticationRig.Results(await rig.SendAsync(SignedTexts.Sign("alice.test", text, canonicalization, algorithm))), StringComparison.Ordinal);
        }
    }

    [Fact]
    public async Task A_changed_body_or_a_changed_signed_field_fails()
    {
        await using var rig = new AuthenticationRig();
        rig.Dns.With(SignedTexts.Key("alice.test"));
        var signed = SignedTexts.Sign("alice.test");

        Assert.Contains("dkim=fail header.d=alice.test", AuthenticationRig.Results(await rig.SendAsync(signed + "more\r\n")), StringComparison.Ordinal);
        Assert.Contains("dkim=fail header.d=alice.test", AuthenticationRig.Results(await rig.SendAsync(signed.Replace("Subject: hi", "Subject: ho", StringComparison.Ordinal))), StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("", "permerror reason=\"no key\"")]
    [InlineData("v=DKIM1; n=not a key", "permerror reason=\"no key\"")]
    [InlineData("v=DKIM2; p=AAAA", "permerror reason=\"key of another version\"")]
    [InlineData("v=DKIM1; p=", "permerror reason=\"key revoked\"")]
    [InlineData("v=DKIM1; s=other; p=AAAA", "permerror reason=\"key not for mail\"")]
    [InlineData("v=DKIM1; h=sha1:sha512; p=AAAA", "permerror reason=\"key not for sha256\"")]
    [InlineData("v=DKIM1; k=rsa; p=AAAA", "permerror reason=\"key not readable\"")]
    [InlineData("v=DKIM1; k=quantum; p=AAAA", "permerror reason=\"key not readable\"")]
    [InlineData("v=DKIM1; k=ed25519; p=AAAA", "permerror reason=\"key not readable\"")]
    public async Task A_key_that_cannot_be_used_is_the_result(string record, string result)
    {
        await using var rig = new AuthenticationRig();
        rig.Dns.With(SignedTexts.Record("k._domainkey.alice.test", record));

        Assert.Contains($"dkim={result}", AuthenticationRig.Results(await rig.SendAsync(SignedTexts.Sign("alice.test"))), StringComparison.Ordinal);
    }

    // RFC 6376, section 3.6.1.
    [Theory]
    [InlineData("p={0}")]
    [InlineData("v=DKIM1; k=rsa; h=sha1:sha256; s=*; n=a note; p={0};")]
    [InlineData("v = DKIM1 ;\tk = rsa ; h = sha256 ; s = other : email ; t = ; p = {0}")]
    [InlineData("g=; x_unknown=1; p={0}")]
    public async Task A_key_is_used_as_its_tags_say(string record)
    {
        await using var rig = new AuthenticationRig();
        var p = ArcKey.PublicRecord(SignedTexts.Rsa).Split("p=")[1].Insert(100, " \t ");
        rig.Dns.With(
            SignedTexts.Record("k._domainkey.alice.test", "v=spf1 -all"), // such as a wildcard gives
            SignedTexts.Record("k._domainkey.alice.test", "v=DKIM0; p="),
            SignedTexts.Record("k._domainkey.alice.test", record.Replace("{0}", p, StringComparison.Ordinal)));

        Assert.Contains("dkim=pass header.d=alice.test", AuthenticationRig.Results(await rig.SendAsync(SignedTexts.Sign("alice.test"))), StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("", "hi", "dkim=pass reason=\"key in test mode\"")]
    [InlineData("added\r\n", "hi", "dkim=neutral reason=\"key in test mode\"")]
    [InlineData("", "another subject", "dkim=neutral reason=\"key in test mode\"")]
    public async Task A_signature_by_a_key_in_test_mode_is_never_a_failure(string added, string subject, string result)
    {
        await using var rig = new AuthenticationRig();
        var key = SignedTexts.Key("alice.test");
        rig.Dns.With(SignedTexts.Record(key.Name, key.Text + "; t=s:y"));
        var text = (SignedTexts.Sign("alice.test") + added).Replace("Subject: hi", $"Subject: {subject}", StringComparison.Ordinal);

        Assert.Contains(result, AuthenticationRig.Results(await rig.SendAsync(text)), StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_key_of_another_algorithm_than_the_signature_is_an_error()
    {
        foreach (var (algorithm, key) in new[] { (DkimSignatureAlgorithm.RsaSha256, SignedTexts.Ed25519Key("alice.test")), (DkimSignatureAlgorithm.Ed25519Sha256, SignedTexts.Key("alice.test")) })
        {
            await using var rig = new AuthenticationRig();
            rig.Dns.With(key);

            Assert.Contains("dkim=permerror", AuthenticationRig.Results(await rig.SendAsync(SignedTexts.Sign("alice.test", algorithm: algorithm))), StringComparison.Ordinal);
        }
    }

    [Fact]
    public async Task No_time_is_spent_on_whether_a_modulus_is_a_prime()
    {
        await using var rig = new AuthenticationRig();
        var prime = Org.BouncyCastle.Math.BigInteger.ProbablePrime(1024, new Org.BouncyCastle.Security.SecureRandom());
        rig.Dns.With(SignedTexts.Record("k._domainkey.alice.test", ArcKey.PublicRecord(new() { Modulus = prime.ToByteArrayUnsigned(), Exponent = [1, 0, 1] })));

        Assert.Contains("dkim=fail header.d=alice.test", AuthenticationRig.Results(await rig.SendAsync(SignedTexts.Sign("alice.test"))), StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("@alice.test", "dkim=pass")]
    [InlineData("bob@ALICE.test", "dkim=pass")]
    [InlineData("bob@sub.alice.test", "dkim=permerror reason=\"key for its domain only\"")]
    public async Task A_strict_key_is_for_users_of_its_own_domain(string user, string result)
    {
        await using var rig = new AuthenticationRig();
        var key = SignedTexts.Key("alice.test");
        rig.Dns.With(SignedTexts.Record(key.Name, key.Text + "; t=y:s"));

        Assert.Contains(result, AuthenticationRig.Results(await rig.SendAsync(SignedTexts.Sign("alice.test", user: user))), StringComparison.Ordinal);
        rig.Dns.Clear().With(key);
        Assert.Contains("dkim=pass", AuthenticationRig.Results(await rig.SendAsync(SignedTexts.Sign("alice.test", user: user))), StringComparison.Ordinal);
    }

    [Theory]
    [InlineData(512, null)]
    [InlineData(8192, null)]
    [InlineData(2048, "a large exponent")]
    public async Task A_key_that_is_too_weak_or_costs_too_much_is_refused(int bits, string? exponent)
    {
        await using var rig = new AuthenticationRig();
        using var rsa = System.Security.Cryptography.RSA.Create(bits);
        var modulus = new Org.BouncyCastle.Math.BigInteger(1, rsa.ExportParameters(false).Modulus);
        var key = new Org.BouncyCastle.Crypto.Parameters.RsaKeyParameters(false, modulus, exponent is null ? Org.BouncyCastle.Math.BigInteger.ValueOf(65537) : modulus.Subtract(Org.BouncyCastle.Math.BigInteger.Two));
        var record = "p=" + Convert.ToBase64String(Org.BouncyCastle.X509.SubjectPublicKeyInfoFactory.CreateSubjectPublicKeyInfo(key).GetDerEncoded());
        rig.Dns.With(SignedTexts.Record("k._domainkey.alice.test", record));

        Assert.Matches("dkim=(policy reason=\"key size\"|permerror reason=\"key not readable\")", AuthenticationRig.Results(await rig.SendAsync(SignedTexts.Sign("alice.test"))));
    }

    // BouncyCastle checks such a key by raising y to the power q modulo p: with these numbers, for minutes.
    [Theory]
    [InlineData(1024, "permerror reason=\"key not readable\"")]
    [InlineData(300_000, "policy reason=\"key size\"")]
    public async Task A_key_of_DSA_is_refused_before_it_is_checked(int bits, string result)
    {
        await using var rig = new AuthenticationRig();
        var (modulus, order) = (Org.BouncyCastle.Math.BigInteger.One.ShiftLeft(2047).SetBit(0), Org.BouncyCastle.Math.BigInteger.One.ShiftLeft(bits - 1).SetBit(0));
        var parameters = new Org.BouncyCastle.Asn1.X509.DsaParameter(modulus, order, Org.BouncyCastle.Math.BigInteger.Two);
        var algorithm = new Org.BouncyCastle.Asn1.X509.AlgorithmIdentifier(Org.BouncyCastle.Asn1.X9.X9ObjectIdentifiers.IdDsa, parameters);
        var key = new Org.BouncyCastle.Asn1.X509.SubjectPublicKeyInfo(algorithm, Org.BouncyCastle.Asn1.DerInteger.ValueOf(2));
        rig.Dns.With(SignedTexts.Record("k._domainkey.alice.test", "p=" + Convert.ToBase64String(key.GetDerEncoded())));

        Assert.Contains($"dkim={result}", AuthenticationRig.Results(await rig.SendAsync(SignedTexts.Sign("alice.test"))), StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("v=1; a=rsa-sha1; d=alice.test; s=k; h=from; bh=AA==; b=AA==", "policy reason=rsa-sha1")]
    [InlineData("v=1; a=rsa-sha256; x=1; d=alice.test; s=k; h=from; bh=AA==; b=AA==", "fail reason=expired")]
    [InlineData("v=1; a=rsa-sha256; x=never; d=alice.test; s=k; h=from; bh=AA==; b=AA==", "fail reason=expired")]
    [InlineData("v=2; a=rsa-sha256; d=alice.test; s=k; h=from; bh=AA==; b=AA==", "permerror reason=\"signature not readable\"")]
    [InlineData("v=1; a=none; d=alice.test; s=k; h=from; bh=AA==; b=AA==", "permerror reason=\"signature not readable\"")]
    [InlineData("v=1; a=rsa-sha256; s=k; h=from; bh=AA==; b=AA==", "permerror reason=\"signature not readable\"")]
    [InlineData("v=1; a=rsa-sha256; d=alice.test; s=k; h=to; bh=AA==; b=AA==", "permerror reason=\"signature not readable\"")]
    [InlineData("v=1; a=rsa-sha256; d=alice.test; s=k; i=@other.test; h=from; bh=AA==; b=AA==", "permerror reason=\"signature not readable\"")]
    [InlineData("v=1; a=rsa-sha256; d=..; s=..; h=from; bh=zS7KNTV0HyeorkDDGwxB1AV6enuRKzO5rthkhdHIRnY=; b=AA==", "permerror reason=\"no key\"")]
    [InlineData("v=1; a=rsa-sha256; d=alice.test; s=k; l=99999999999; h=from; bh=AA==; b=AA==", "permerror reason=\"signature not readable\"")]
    [InlineData("v=1; a=rsa-sha256; d=alice.test; s=k; l=-5; h=from; bh=AA==; b=AA==", "")]
    [InlineData("v=1; a=rsa-sha256; d=alice.test; s=k; h=from; bh=!!; b=!!", "")]
    [InlineData("v=1; a=rsa-sha256; d=alice.test; s=k; h=from:content-type:content-foo; bh=AA==; b=AA==", "fail")]
    [InlineData("no tags", "permerror reason=\"signature not readable\"")]
    [InlineData("", "permerror reason=\"signature not readable\"")]
    public async Task A_signature_that_is_no_good_is_a_result_and_never_a_pass(string signature, string result)
    {
        await using var rig = new AuthenticationRig();
        rig.Dns.With(SignedTexts.Key("alice.test"));

        var results = AuthenticationRig.Results(await rig.SendAsync($"DKIM-Signature: {signature}\r\n{SignedTexts.Plain}"));

        Assert.Contains($"dkim={result}", results, StringComparison.Ordinal);
        Assert.DoesNotContain("dkim=pass", results, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Of_many_signatures_some_are_verified()
    {
        await using var rig = new AuthenticationRig();
        rig.Dns.With(SignedTexts.Key("alice.test"));
        var text = SignedTexts.Plain;
        for (var i = 0; i < 30; i++)
        {
            text = SignedTexts.Sign("alice.test", text);
        }

        var message = await rig.SendAsync(text);

        Assert.Equal(DkimCheck.MaxSignatures, AuthenticationRig.Results(message).Split("dkim=pass").Length - 1);
    }

    [Fact]
    public async Task A_text_over_the_bounds_is_temperror_and_goes_through()
    {
        await using var rig = new AuthenticationRig(AuthenticationMode.Arc);
        rig.Dns.With(SignedTexts.Key("alice.test"));
        var many = SignedTexts.Sign("alice.test", string.Concat(Enumerable.Repeat("X: y\r\n", 1200)) + SignedTexts.Plain);
        var large = SignedTexts.Sign("alice.test", SignedTexts.Plain + new StringBuilder().Insert(0, new string('x', 998) + "\r\n", 10_600));

        foreach (var text in new[] { many, large })
        {
            var message = await rig.SendAsync(text);
            Assert.Contains("dkim=temperror reason=\"too long\"", AuthenticationRig.Results(message), StringComparison.Ordinal);
            Assert.EndsWith(text, message, StringComparison.Ordinal);
        }
    }

    [Fact]
    public async Task A_list_of_signed_fields_as_long_as_a_header_section_is_not_worked_through()
    {
        await using var rig = new AuthenticationRig();
        rig.Dns.With(SignedTexts.Key("alice.test"));
        var text = $"DKIM-Signature: v=1; a=rsa-sha256; d=alice.test; s=k; bh=AA==; b=AA==; h=from{new StringBuilder().Insert(0, ":a", 100_000)}\r\n{SignedTexts.Plain}";

        Assert.Contains("dkim=permerror reason=\"signature not readable\"", AuthenticationRig.Results(await rig.SendAsync(text)), StringComparison.Ordinal);
    }
}
