// A product with an EdgeFlora agent inside. Its settings are a section of the product's own: appsettings.json, environment or command line, as in
//   dotnet run --Agent:name=kiosk-7 --Agent:broker:url=amqp://… --Agent:data:0:file=texts.jsonl --Agent:models:base=models/base
using EdgeFlora.EdgeAgent.Configuration;
using EdgeFlora.EdgeAgent.Hosting;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Hosting;

HostApplicationBuilder builder = Host.CreateApplicationBuilder(args);
builder.Services.AddEdgeAgent(agent =>
{
    agent.Section = builder.Configuration.GetSection("Agent");
    agent.Settings["limits.threads"] = "1"; // the product comes first
});
using IHost host = builder.Build();
IEdgeAgent agent = host.Services.GetRequiredService<IEdgeAgent>();
agent.StateChanged += (_, now) => Console.WriteLine($"agent {agent.Name}: {now.Phase}, round {now.Round}, joined {now.Joined}");
try
{
    await host.RunAsync();
}
catch (AgentConfigurationException wrong)
{
    foreach (string mistake in wrong.Mistakes)
    {
        Console.Error.WriteLine(mistake);
    }

    return 2;
}

return agent.Completion.IsCompletedSuccessfully ? 0 : 1;
