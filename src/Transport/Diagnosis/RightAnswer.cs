namespace EdgeFlora.Transport.Diagnosis;

/// <summary>What a broker said when something was tried.</summary>
public enum RightAnswer
{
    Allowed,

    /// <summary>access-refused.</summary>
    Refused,

    /// <summary>What it was tried on does not exist; the right to it is there.</summary>
    Absent,
}
