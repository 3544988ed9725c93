namespace ThrottleNet.MxNode.Direct;

/// <summary>The form in which a mail server wants the way to a domain's real MX.</summary>
internal enum DirectShape
{
    /// <summary>Postfix's transport_maps (transport(5), version 3.5 or later): <c>smtp:[a],[b]:2525</c>.</summary>
    Postfix,

    /// <summary>sendmail's mailertable: <c>esmtp:[a]:[b]</c>. It has no ports.</summary>
    Sendmail,

    /// <summary>Exim's route_data of a manualroute router: <c>a:b::2525</c>.</summary>
    Exim,

    /// <summary>OpenSMTPD's relay URL (smtpd.conf(5), relay domain): <c>smtp://a:2525</c>, the best MX alone.</summary>
    OpenSmtpd,
}
