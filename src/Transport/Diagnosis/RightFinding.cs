namespace EdgeFlora.Transport.Diagnosis;

/// <summary>One deed that was tried at a broker.</summary>
/// <param name="Deed">In words: <c>publish to its exchange</c>.</param>
/// <param name="IsNeeded">Whether an agent must be able to do it; otherwise it must not.</param>
/// <param name="Answer">What the broker said.</param>
public sealed record RightFinding(string Deed, bool IsNeeded, RightAnswer Answer)
{
    /// <summary>Whether it is as it should be.</summary>
    public bool IsRight => Answer == (IsNeeded ? RightAnswer.Allowed : RightAnswer.Refused);
}
