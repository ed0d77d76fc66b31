namespace EdgeFlora.Contracts;

/// <summary>Minor versions of this contract that this build can speak.</summary>
public static class ContractVersion
{
    /// <summary>Spoken by this build.</summary>
    public const int Current = 1;

    /// <summary>Oldest still understood.</summary>
    public const int Oldest = 1;
}
