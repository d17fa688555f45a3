//! How the bandwidth of one subscriber is divided among the pictures it sees.

/// A picture goes up only when there is so much more than it needs: what wavers would switch for ever.
const HEADROOM: f64 = 1.15;

/// One picture, as its subscriber would like it.
#[derive(Clone, Copy, Debug)]
pub(super) struct PictureRequest {
    /// Bits a second of each layer, smallest first; `count` of them are there.
    pub(super) rates: [f64; 3],
    pub(super) count: usize,
    /// The layer that fits its size on the page.
    pub(super) wanted: usize,
    /// The layer that it has.
    pub(super) current: Option<usize>,
}

/// Which layer each picture gets of `budget` bits a second. The most important request comes first.
///
/// First everybody gets the small picture, in order, as long as it lasts; then the first ones grow.
pub(super) fn allocate(mut budget: f64, requests: &[PictureRequest]) -> Vec<Option<usize>> {
    let mut layers: Vec<Option<usize>> = Vec::with_capacity(requests.len());
    for request in requests {
        let cost = request.price(0);
        let affordable = request.count > 0 && cost <= budget;
        budget -= if affordable { cost } else { 0.0 };
        layers.push(affordable.then_some(0));
    }
    for (request, layer) in requests.iter().zip(&mut layers) {
        while let Some(lower) = *layer
            && lower < request.wanted.min(request.count - 1)
        {
            let more = request.price(lower + 1) - request.price(lower);
            if more > budget {
                break;
            }
            budget -= more;
            *layer = Some(lower + 1);
        }
    }
    layers
}

/// What it would cost to give the most important request that is not fulfilled one layer more, in bits a
/// second with all that is given. `None`: all are fulfilled.
pub(super) fn next_step(requests: &[PictureRequest], layers: &[Option<usize>]) -> Option<f64> {
    let given =
        |(request, layer): (&PictureRequest, &Option<usize>)| layer.map_or(0.0, |layer| request.rates[layer]);
    let spent: f64 = requests.iter().zip(layers).map(given).sum();
    let more = |(request, layer): (&PictureRequest, &Option<usize>)| {
        let next = layer.map_or(0, |layer| layer + 1);
        let open = request.count > 0 && next <= request.wanted.min(request.count - 1);
        open.then(|| request.rates[next] - layer.map_or(0.0, |layer| request.rates[layer]))
    };
    requests.iter().zip(layers).find_map(more).map(|more| spent + more)
}

impl PictureRequest {
    /// What a layer costs: more than its rate if it would be a step up.
    fn price(&self, layer: usize) -> f64 {
        let step_up = self.current.is_none_or(|current| layer > current);
        self.rates[layer] * if step_up { HEADROOM } else { 1.0 }
    }
}
