//! How the bandwidth of one subscriber is divided among the pictures it sees.

/// A picture goes up only when there is so much more than it needs: what wavers would switch for ever.
const HEADROOM: f64 = 1.15;

/// One picture, as its subscriber would like it.
#[derive(Clone, Copy, Debug)]
pub(super) struct Wish {
    /// Bits a second of each layer, smallest first; `count` of them are there.
    pub(super) rates: [f64; 3],
    pub(super) count: usize,
    /// The layer that fits its size on the page.
    pub(super) wanted: usize,
    /// The layer that it has now.
    pub(super) current: Option<usize>,
}

/// Which layer each picture gets of `budget` bits a second. The most important wish comes first.
///
/// First everybody gets the small picture, in order, as long as it lasts; then the first ones grow.
pub(super) fn allot(mut budget: f64, wishes: &[Wish]) -> Vec<Option<usize>> {
    let mut layers: Vec<Option<usize>> = Vec::with_capacity(wishes.len());
    for wish in wishes {
        let cost = wish.price(0);
        let affordable = wish.count > 0 && cost <= budget;
        budget -= if affordable { cost } else { 0.0 };
        layers.push(affordable.then_some(0));
    }
    for (wish, layer) in wishes.iter().zip(&mut layers) {
        while let Some(lower) = *layer
            && lower < wish.wanted.min(wish.count - 1)
        {
            let more = wish.price(lower + 1) - wish.price(lower);
            if more > budget {
                break;
            }
            budget -= more;
            *layer = Some(lower + 1);
        }
    }
    layers
}

/// What it would cost to give the most important wish that is not fulfilled one layer more, in bits a
/// second with all that is given. `None`: all are fulfilled.
pub(super) fn next_step(wishes: &[Wish], layers: &[Option<usize>]) -> Option<f64> {
    let given = |(wish, layer): (&Wish, &Option<usize>)| layer.map_or(0.0, |layer| wish.rates[layer]);
    let spent: f64 = wishes.iter().zip(layers).map(given).sum();
    let more = |(wish, layer): (&Wish, &Option<usize>)| {
        let next = layer.map_or(0, |layer| layer + 1);
        let open = wish.count > 0 && next <= wish.wanted.min(wish.count - 1);
        open.then(|| wish.rates[next] - layer.map_or(0.0, |layer| wish.rates[layer]))
    };
    wishes.iter().zip(layers).find_map(more).map(|more| spent + more)
}

impl Wish {
    /// What a layer costs: more than its rate if it would be a step up.
    fn price(&self, layer: usize) -> f64 {
        let step_up = self.current.is_none_or(|current| layer > current);
        self.rates[layer] * if step_up { HEADROOM } else { 1.0 }
    }
}
