namespace EdgeFlora.Cli.Doctor.Service;

/// <summary>All checks of a service, in the order in which they build on each other.</summary>
internal static class ServiceChecks
{
    public static IReadOnlyList<ICheck> Of(ServiceExamination service) =>
    [
        new ReachCheck(service),
        new FingerprintCheck(service),
        new ReadyCheck(service),
        new ServiceClockCheck(service),
        new TokenCheck(service),
        new ServiceVersionCheck(service),
        new StoreCheck(service),
        new ServiceBrokerCheck(service),
        new AgentsCheck(service),
        new AlertsCheck(service),
    ];
}
