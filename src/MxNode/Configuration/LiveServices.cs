namespace ThrottleNet.MxNode.Configuration;

/// <summary>Adds sections of the configuration to the node's services.</summary>
internal static class LiveServices
{
    /// <summary>
    /// Adds a section: <see cref="Live{T}"/> for code that follows reloads, and the options in force when they are asked for. A singleton that takes the options
    /// themselves keeps those of the start, so it may read only settings that need a restart.
    /// </summary>
    public static IServiceCollection AddSection<T>(this IServiceCollection services, T options)
        where T : class
    {
        var section = new Live<T>(options);
        return services.AddSingleton(section).AddSingleton<ILiveSection>(section).AddTransient(_ => section.Current);
    }

    /// <summary>Adds a file that is read again, even when no setting has changed, after each reload of the configuration.</summary>
    public static IServiceCollection AddReloadedFile(this IServiceCollection services, Func<IServiceProvider, Action> read) =>
        services.AddSingleton(provider => new ReloadedFile(read(provider)));
}
