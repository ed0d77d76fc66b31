using EdgeFlora.Learning.Models;

namespace EdgeFlora.Learning.Portable;

/// <summary>
/// A block of which forward keeps the output only; backward computes its inside once more, walks it, and forgets it again (arXiv 1604.06174). Same
/// operations on the same numbers: same bits.
/// </summary>
internal sealed class RecomputedBlock<TState> : ITapeOperation
{
    private Activation? input;
    private TState? state;
    private Func<IOperations<Activation>, Activation, TState, Activation>? body;

    public Activation Output { get; } = new();

    /// <param name="mark">Where the block's memory begins.</param>
    /// <param name="computed">Its output, computed above the mark.</param>
    public Activation Forward(
        Tape tape,
        ArenaMark mark,
        Activation computed,
        Activation x,
        TState of,
        Func<IOperations<Activation>, Activation, TState, Activation> by)
    {
        (input, state, body) = (x, of, by);
        Output.MoveTo(tape.Arena, mark, computed);
        return Output;
    }

    public void Backward(Tape tape)
    {
        if (input!.NeedsGradient)
        {
            // It stays when the inside is forgotten.
            input.ReserveGradient();
        }

        ArenaMark mark = tape.Arena.Mark();
        tape.Inside(input, state!, body!).TakeGradientOf(Output);
        tape.BackwardInside();
        tape.Arena.Rewind(mark);
    }
}
