using ThrottleNet.MxNode.Cli;

// Read by System.Net.Sockets when the first socket is made: the thread that is notified of a packet handles it. See NodeHost.
Environment.SetEnvironmentVariable("DOTNET_SYSTEM_NET_SOCKETS_INLINE_COMPLETIONS", "1");

return await CommandLine.InvokeAsync(Commands.Create(), args);
