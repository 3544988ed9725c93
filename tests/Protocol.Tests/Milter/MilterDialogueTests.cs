namespace ThrottleNet.Protocol.Tests.Milter;

/// <summary>Whole dialogues of a mail server and a filter.</summary>
public sealed class MilterDialogueTests
{
    // Version 6, all actions, all steps.
    private const string Agreed = """
        ! negotiate
        > O \0\0\0\x06\0\0\x01\xff\0\x1f\xf7\xff
        < O {6}{511}{0}
        = Continue

        """;

    [Fact]
    public void A_message_is_reported_and_changed() => Dialogue.Play(Agreed + """
        ! connect 192.0.2.1:4321 client.test
        > D Cj\0mx.test\0{daemon_name}\0mx.test\0{daemon_addr}\0192.0.2.25\0v\0ThrottleNet 1\0_\0client.test [192.0.2.1]\0
        > C client.test\04\x10\xe1192.0.2.1\0
        < c
        = Continue
        ! helo client.test
        > D H
        > H client.test\0
        < c
        = Continue
        ! mail <a@x.test> SIZE=100 BODY=8BITMIME
        > D Mi\0A1\0{mail_addr}\0a@x.test\0
        > M <a@x.test>\0SIZE=100\0BODY=8BITMIME\0
        < c
        = Continue
        ! rcpt <b@y.test>
        > D Ri\0A1\0{rcpt_addr}\0b@y.test\0
        > R <b@y.test>\0
        < c
        = Continue
        ! data
        > D Ti\0A1\0
        > T
        < c
        = Continue
        ! header Subject: hello
        > L Subject\0hello\0
        < c
        = Continue
        ! header To:	tab stays
        > L To\0\x09tab stays\0
        < c
        = Continue
        ! eoh
        > D Ni\0A1\0
        > N
        < c
        = Continue
        ! body hello
        > B hello
        < c
        = Continue
        ! eom
        > D Ei\0A1\0
        > E
        < p
        < h X-Spam\0no\0
        < i {1}DKIM-Signature\0v=1;\n\tb=AA\0
        < m {0}Subject\0changed\0
        < m {2}Received\0\0
        < + <c@y.test>\0
        < 2 <d@y.test>\0NOTIFY=NEVER\0
        < 2 <e@y.test>\0
        < - <b@y.test>\0
        < e <>\0
        < q looks odd\0
        < b new\r\n
        < b body
        < p
        < a
        = Progress; add X-Spam:no; insert 1 DKIM-Signature:v=1;\n	b=AA; change 1 Subject:changed; change 2 Received:; add recipient <c@y.test>; add recipient <d@y.test> NOTIFY=NEVER; add recipient <e@y.test>; delete recipient <b@y.test>; change sender <>; quarantine looks odd; body new\r\n; body body; Progress; Accept
        ! quit
        > Q
        """);

    [Fact]
    public void Events_that_the_filter_declined_are_not_sent() => Dialogue.Play("""
        ! negotiate
        > O \0\0\0\x06\0\0\x01\xff\0\x1f\xf7\xff
        # no connect, helo and data; no answers to mail, recipients, headers, end of headers and body
        < O {6}{1}{836227}{0}{client_port} j\0{3}v\0{9}x\0
        = Continue
        ! connect 192.0.2.1:4321
        > D C{client_port}\04321\0j\0mx.test\0
        ! helo client.test
        > D H
        ! mail <>
        > D Mi\0A1\0{mail_addr}\0a@x.test\0
        > M <>\0
        ! rcpt <b@y.test>
        > D Rv\0ThrottleNet 1\0
        > R <b@y.test>\0
        ! data
        > D Ti\0A1\0
        ! header A: b
        > L A\0b\0
        ! eoh
        > D Ni\0A1\0
        > N
        ! body x
        > B x
        ! eom
        > D Ei\0A1\0
        > E
        < h X\0y\0
        < c
        = add X:y; Continue
        ! keep
        > K
        > O \0\0\0\x06\0\0\x01\xff\0\x1f\xf7\xff
        """);

    [Fact]
    public void A_filter_can_keep_leading_blanks_and_skip_bodies() => Dialogue.Play("""
        ! negotiate
        > O \0\0\0\x06\0\0\x01\xff\0\x1f\xf7\xff
        # leading space, skip
        < O {6}{0}{1049600}
        = Continue
        ! mail <a@x.test>
        > D Mi\0A1\0{mail_addr}\0a@x.test\0
        > M <a@x.test>\0
        < c
        = Continue
        ! header Subject: hello
        > L Subject\0 hello\0
        < s
        = Skip
        ! header To: nobody
        ! eoh
        > D Ni\0A1\0
        > N
        < c
        = Continue
        ! body one
        > B one
        < s
        = Skip
        ! body two
        ! eom
        > D Ei\0A1\0
        > E
        < r
        = Refuse 550 5.7.1 a content filter rejects this
        ! mail <a@x.test>
        > D Mi\0A1\0{mail_addr}\0a@x.test\0
        > M <a@x.test>\0
        < t
        = Refuse 451 4.7.1 a content filter defers this, try again later
        ! rcpt <b@y.test>
        ! abort
        > A
        ! abort
        ! quit
        > Q
        """);

    [Fact]
    public void After_accepting_a_client_a_filter_gets_no_more_events() => Dialogue.Play(Agreed + """
        ! connect [2001:db8::1]:25 six.test
        > D Cj\0mx.test\0{daemon_name}\0mx.test\0{daemon_addr}\0192.0.2.25\0v\0ThrottleNet 1\0_\0client.test [192.0.2.1]\0
        > C six.test\06\0\x192001:db8::1\0
        < a
        = Accept
        ! helo x
        ! mail <>
        ! rcpt <b@y.test>
        ! eom
        ! abort
        ! keep
        > K
        > O \0\0\0\x06\0\0\x01\xff\0\x1f\xf7\xff
        < O {6}{511}{0}
        = Continue
        ! connect unknown
        > D Cj\0mx.test\0{daemon_name}\0mx.test\0{daemon_addr}\0192.0.2.25\0v\0ThrottleNet 1\0_\0client.test [192.0.2.1]\0
        > C unknown\0U
        < d
        = Continue
        """);

    [Fact]
    public void After_accepting_a_message_a_filter_gets_the_next_one() => Dialogue.Play(Agreed + """
        ! connect unix /run/x
        > D Cj\0mx.test\0{daemon_name}\0mx.test\0{daemon_addr}\0192.0.2.25\0v\0ThrottleNet 1\0_\0client.test [192.0.2.1]\0
        > C localhost\0L\0\0/run/x\0
        < c
        = Continue
        ! unknown NONSENSE now
        > U NONSENSE now\0
        < y 500 5.5.1 what%%s %that\0
        = Refuse 500 5.5.1 what%s that
        ! mail <a@x.test>
        > D Mi\0A1\0{mail_addr}\0a@x.test\0
        > M <a@x.test>\0
        < c
        = Continue
        ! rcpt <b@y.test>
        > D Ri\0A1\0{rcpt_addr}\0b@y.test\0
        > R <b@y.test>\0
        < y 550-5.1.1 no\r\n550 5.1.1 such user\0
        = Refuse 550 5.1.1 no such user
        ! rcpt <c@y.test>
        > D Ri\0A1\0{rcpt_addr}\0b@y.test\0
        > R <c@y.test>\0
        < a
        = Accept
        ! data
        ! header A: b
        ! body x
        ! eom
        ! abort
        > A
        ! mail <>
        > D Mi\0A1\0{mail_addr}\0a@x.test\0
        > M <>\0
        < d
        = Discard
        ! abort
        > A
        ! mail <>
        > D Mi\0A1\0{mail_addr}\0a@x.test\0
        > M <>\0
        < 4
        = Disconnect 421 4.7.0 a content filter ends this session, try again later
        ! quit
        > Q
        """);

    [Fact]
    public void A_filter_of_version_2_gets_the_events_of_that_version() => Dialogue.Play("""
        ! negotiate
        > O \0\0\0\x06\0\0\x01\xff\0\x1f\xf7\xff
        < O {2}{1}{0}
        = Continue
        ! unknown NONSENSE
        ! data
        > D Ti\0A1\0
        """);
}
