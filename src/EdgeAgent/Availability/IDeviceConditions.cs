namespace EdgeFlora.EdgeAgent.Availability;

/// <summary>How the device stands now. Asked often; answers may be some seconds old.</summary>
internal interface IDeviceConditions
{
    /// <summary>Whether it runs on its battery; null if the system does not tell.</summary>
    bool? OnBattery { get; }

    /// <summary>Whether its network is paid by volume; null if the system does not tell.</summary>
    bool? Metered { get; }
}
