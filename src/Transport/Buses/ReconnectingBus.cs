using MassTransit;
using MassTransit.Configuration;
using MassTransit.RabbitMqTransport.Configuration;

namespace EdgeFlora.Transport.Buses;

/// <summary>MassTransit's settings of a bus, around our own settings of its broker: there is no setting for the pauses between attempts.</summary>
internal sealed class ReconnectingBus : RabbitMqBusConfiguration, IRabbitMqBusConfiguration
{
    private readonly ReconnectingHost host;

    public ReconnectingBus(IRabbitMqTopologyConfiguration topology)
        : base(topology) => host = new ReconnectingHost(this, topology);

    IRabbitMqHostConfiguration IRabbitMqBusConfiguration.HostConfiguration => host;

    IHostConfiguration IBusConfiguration.HostConfiguration => host;

    /// <summary>What <see cref="RabbitMqBusFactory.Create"/> does, with our own settings of the broker.</summary>
    public static IBusControl Create(Action<IRabbitMqBusFactoryConfigurator> configure)
    {
        var settings = new ReconnectingBus(new RabbitMqTopologyConfiguration(RabbitMqBusFactory.CreateMessageTopology()));
        var bus = new RabbitMqBusFactoryConfigurator(settings);
        configure(bus);
        return bus.Build(settings);
    }

    ConnectHandle IEndpointConfigurationObserverConnector.ConnectEndpointConfigurationObserver(IEndpointConfigurationObserver observer) =>
        host.ConnectEndpointConfigurationObserver(observer);
}
