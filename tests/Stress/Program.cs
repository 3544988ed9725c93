using ThrottleNet.Stress.Chaos;

// Only the next hop of a chaos run is a process of this program, so that the run can kill it. "dotnet run --project tests/Benchmarks -- chaos 2" starts the run itself.
if (args is not ["hop", var endPoint, var arrivals])
{
    Console.Error.WriteLine("usage: hop ADDRESS:PORT FILE");
    return 2;
}

await HopProgram.RunAsync(System.Net.IPEndPoint.Parse(endPoint), arrivals);
return 0;
