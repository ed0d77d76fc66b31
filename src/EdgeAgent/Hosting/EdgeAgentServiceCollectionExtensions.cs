using EdgeFlora.EdgeAgent.Hosting;
using Microsoft.Extensions.Hosting;
using Microsoft.Extensions.Logging;
using Microsoft.Extensions.Logging.Abstractions;

namespace Microsoft.Extensions.DependencyInjection;

/// <summary>Adds an agent to a product.</summary>
public static class EdgeAgentServiceCollectionExtensions
{
    /// <summary>
    /// Adds an agent that joins a fleet when the host starts and says goodbye when it stops. It logs through the host's
    /// <see cref="ILoggerFactory"/>, writes to its state folder alone and touches nothing of the process: no console, signals, environment or
    /// current folder. It is there as <see cref="IEdgeAgent"/>; a host may have several, each with a name and a state folder of its own.
    /// </summary>
    /// <param name="services">The host's services.</param>
    /// <param name="configure">Sets the agent up, when the host starts. Settings that can't be used end the start with all mistakes at once
    /// (<see cref="EdgeFlora.EdgeAgent.Configuration.AgentConfigurationException"/>).</param>
    /// <returns>The same services.</returns>
    public static IServiceCollection AddEdgeAgent(this IServiceCollection services, Action<EdgeAgentOptions> configure)
    {
        ArgumentNullException.ThrowIfNull(configure);
        return services.AddEdgeAgent((_, options) => configure(options));
    }

    /// <inheritdoc cref="AddEdgeAgent(IServiceCollection, Action{EdgeAgentOptions})"/>
    /// <param name="services">The host's services.</param>
    /// <param name="configure">The same, for an agent that needs services: an engine of the product's, its configuration.</param>
    public static IServiceCollection AddEdgeAgent(this IServiceCollection services, Action<IServiceProvider, EdgeAgentOptions> configure)
    {
        ArgumentNullException.ThrowIfNull(services);
        ArgumentNullException.ThrowIfNull(configure);

        // One object for both of its faces, and another for each agent.
        var key = new object();
        services.AddKeyedSingleton(key, (provider, _) => new HostedAgent(
            () =>
            {
                var options = new EdgeAgentOptions();
                configure(provider, options);
                return options;
            },
            provider.GetService<ILoggerFactory>() ?? NullLoggerFactory.Instance));
        services.AddSingleton<IEdgeAgent>(provider => provider.GetRequiredKeyedService<HostedAgent>(key));
        services.AddSingleton<IHostedService>(provider => provider.GetRequiredKeyedService<HostedAgent>(key));
        return services;
    }
}
