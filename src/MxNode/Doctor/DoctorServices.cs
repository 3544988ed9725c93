using ThrottleNet.MxNode.Telemetry;

namespace ThrottleNet.MxNode.Doctor;

/// <summary>Wires the doctor. It needs the DNS and the relay, which others add; the relay's metrics go nowhere.</summary>
internal static class DoctorServices
{
    /// <summary>Adds <see cref="DomainDoctor"/> and its checks, for one domain.</summary>
    public static IServiceCollection AddDoctor(this IServiceCollection services, Viewpoint viewpoint) => services
        .AddMetrics()
        .AddSingleton<VerdictHistory>()
        .AddSingleton<NodeMetrics>()
        .AddSingleton(viewpoint)
        .AddSingleton<HostBook>()
        .AddSingleton<SmtpProbe>()
        .AddSingleton<ProbeBook>()
        .AddSingleton<ExchangeCalls>()
        .AddSingleton<ZoneServers>()
        .AddSingleton<Vantage>()
        .AddSingleton<NodeTrial>()
        .AddSingleton<DomainLookup>()
        .AddSingleton<IDomainCheck, MxCheck>()
        .AddSingleton<IDomainCheck, DelegationCheck>()
        .AddSingleton<IDomainCheck, RelaysCheck>()
        .AddSingleton<IDomainCheck, MailServersCheck>()
        .AddSingleton<IDomainCheck, MtaStsCheck>()
        .AddSingleton<IDomainCheck, TlsaCheck>()
        .AddSingleton<IDomainCheck, SpfRecordCheck>()
        .AddSingleton<IDomainCheck, GuardCheck>()
        .AddSingleton<IDomainCheck, AnswerCheck>()
        .AddSingleton<IDomainCheck, EgressCheck>()
        .AddSingleton<DomainDoctor>();
}
