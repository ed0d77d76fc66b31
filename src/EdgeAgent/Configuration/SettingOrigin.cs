namespace EdgeFlora.EdgeAgent.Configuration;

/// <summary>Where a value comes from.</summary>
/// <param name="Kind">What sort of source it is.</param>
/// <param name="Name">The file, environment variable, option, credential, section or property; empty for a default.</param>
/// <param name="Line">The line of a file, from 1; 0 for what has no lines.</param>
internal sealed record SettingOrigin(OriginKind Kind, string Name, int Line = 0)
{
    public static SettingOrigin Default { get; } = new(OriginKind.Default, "");

    public override string ToString() => Kind switch
    {
        OriginKind.File => $"{Name}:{Line}",
        OriginKind.Environment => $"environment variable {Name}",
        OriginKind.Credential => $"systemd credential {Name}",
        OriginKind.Option or OriginKind.Section or OriginKind.Code => Name,
        OriginKind.Enrolment => $"enrolment ({Name})",
        _ => "default",
    };

    /// <summary>How a message begins that is about a value of this origin: file and line, and the setting as it was typed there.</summary>
    /// <param name="setting">The setting as a file writes it.</param>
    internal string Begin(string setting) => Kind switch
    {
        OriginKind.File => $"{Name}:{Line}: {setting}",
        OriginKind.Environment or OriginKind.Option or OriginKind.Section or OriginKind.Code => Name,
        OriginKind.Credential => $"systemd credential {Name}",
        OriginKind.Enrolment => $"{Name}: {setting}",
        _ => setting,
    };
}

/// <summary>Sources of settings, the weakest first.</summary>
internal enum OriginKind
{
    /// <summary>What holds where nobody says anything.</summary>
    Default,

    /// <summary>What the agent's enrolment left in its state folder.</summary>
    Enrolment,

    /// <summary>The configuration file.</summary>
    File,

    /// <summary>A file that systemd made readable for the service alone.</summary>
    Credential,

    Environment,

    /// <summary>The command line.</summary>
    Option,

    /// <summary>A section of the configuration of the product that holds the agent.</summary>
    Section,

    /// <summary>The code of that product.</summary>
    Code,
}
